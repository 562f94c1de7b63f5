import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Prefix, parsePrefix } from '../values/prefix.ts';
import { addressOf, inodeOf, readConnectionsNow } from './tcp-peers.ts';

/** Deeper than any chain of shells, sudo and tmux. */
const MAX_ANCESTORS = 64;

/** What there is to see of processes; a test has others than this host's. */
export type Processes = {
  parentOf(pid: number): number | undefined;
  /** Its environment as it was started; undefined: it may not be read. */
  environmentOf(pid: number): Environment | undefined;
  nameOf(pid: number): string | undefined;
  /** The other ends of its established TCP connections. */
  peersOf(pid: number): Prefix[];
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The address from which somebody is logged in by SSH, as sshd tells the programs that it starts; undefined: not by SSH. */
export function peerIn({ SSH_CONNECTION, SSH_CLIENT }: Environment): Prefix | undefined {
  const [address = ''] = (SSH_CONNECTION ?? SSH_CLIENT ?? '').split(' ');
  const prefix = parsePrefix(address.replace(/%.*$/, ''));
  return address.includes('/') ? undefined : prefix;
}

/**
 * The address from which the one is logged in who runs this process. sudo and su drop what sshd has put into the environment: then a
 * process further up has it still, or is the sshd that holds the connection.
 */
export function loginPeer(
  environment: Environment = process.env,
  pid: number = process.pid,
  processes: Processes = ofThisHost,
): Prefix | undefined {
  let peer = peerIn(environment);
  let at: number | undefined = pid;
  for (let count = 0; !peer && at !== undefined && at > 1 && count < MAX_ANCESTORS; count++) {
    peer = peerIn(processes.environmentOf(at) ?? {});
    if (!peer && processes.nameOf(at)?.startsWith('sshd')) [peer] = processes.peersOf(at);
    at = processes.parentOf(at);
  }
  return peer;
}

const ofThisHost: Processes = {
  parentOf: (pid) => attempt(() => parseParent(readFileSync(`/proc/${pid}/stat`, 'latin1'))),
  environmentOf: (pid) => attempt(() => parseEnvironment(readFileSync(`/proc/${pid}/environ`, 'latin1'))),
  nameOf: (pid) => attempt(() => readFileSync(`/proc/${pid}/comm`, 'latin1').trim()),
  peersOf: (pid) => attempt(() => peersOf(pid)) ?? [],
};

/** From /proc/PID/stat, whose second field is a name with whatever in it: `12 (a) b) S 1 …`. */
export function parseParent(text: string): number | undefined {
  const [, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : Number.parseInt(parent, 10);
}

export function parseEnvironment(text: string): Environment {
  const pairs = text.split('\0').map((pair) => [pair.split('=', 1)[0]!, pair.slice(pair.indexOf('=') + 1)]);
  return Object.fromEntries(pairs) as Environment;
}

function peersOf(pid: number): Prefix[] {
  const directory = `/proc/${pid}/fd`;
  const inodes = new Set(
    readdirSync(directory).map((fd) =>
      attempt(() => /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`))?.[1]),
    ),
  );
  return readConnectionsNow()
    .connections.filter((connection) => inodes.has(inodeOf(connection)))
    .map(({ remote }) => addressOf(remote));
}

/** Processes come and go, and those of others may not be looked at. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
