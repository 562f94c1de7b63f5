/** Ours alone in PortSentry's place: with arguments that the real one never had, and asked what only ours can answer. */
import { ask } from '../../src/control/client.ts';
import type { Request, Results } from '../../src/control/protocol.ts';
import { addresses } from './lab.ts';
import { learnedPorts, nmap } from './nmap.ts';
import type { PortsentryHost } from './portsentry.ts';
import type { PrivateProcess } from './private-root.ts';
import type { Finished, Running } from './process.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const SOCKET = '/run/xdpsentry.sock';
const PATIENCE_MS = 30_000;
/** Arguments of version 1.2, which always goes to the background. */
const CLASSIC_MODE = /^-[as]?(tcp|udp)$/;
/** How a start is told of; version 2 writes the name in another way and tags nothing. */
const HAS_STARTED = /port ?sentry is now active and listening\.$/i;
const HAS_STOPPED = /^adminalert: PortSentry is shutting down$/;
/** Ports that answer do so at once on a wire of one's own: for those that do not, there is no use in waiting. */
const IMPATIENT = '--max-retries 0 --max-rtt-timeout 200ms'.split(' ');

/** Spawns xdpsentry on the host, inside its private root; on the lab's interface unless the arguments name another. */
function spawn({ root, lab }: PortsentryHost, args: readonly string[]): Running {
  const network = args.includes('--interface') ? [] : ['--interface', lab.sentry.interface];
  return root.spawn(process.execPath, [MAIN, ...args, ...network, '--socket', SOCKET]);
}

/**
 * Starts `xdpsentry ARGS` in the foreground and waits until it watches. The process that is returned stands before it: to
 * signal the sentry, use `signal`. Throws what it printed when it ends instead.
 */
export async function start(host: PortsentryHost, ...args: readonly string[]): Promise<Running> {
  const foreground = args.some((word) => CLASSIC_MODE.test(word)) ? ['--foreground'] : [];
  const isInSyslog = !args.includes('stdout'); // where tests look, for it may come there a little later
  const before = isInSyslog ? starts(host.lines()) : 0;
  const running = spawn(host, [...args, ...foreground]);
  await host.waitFor('the start', () => {
    if (running.hasEnded) throw new Error(`it ended: ${running.stderr || running.stdout}`);
    return starts(isInSyslog ? host.lines() : running.stdout.split('\n')) > before;
  });
  return running;
}

const starts = (lines: readonly string[]): number => lines.filter((line) => HAS_STARTED.test(line)).length;

/** Runs `xdpsentry portsentry ARGS` as an init script would: it returns when the sentry watches, or has failed. */
export async function startInBackground(host: PortsentryHost, ...args: readonly string[]): Promise<Finished> {
  return await spawn(host, ['portsentry', ...args]).finished;
}

/** Sentries on this host, by the machine's numbers. */
export const daemons = ({ root }: PortsentryHost): PrivateProcess[] =>
  root.processes().filter(({ command }) => command === 'portsentry' || command.includes(`${MAIN} run `));

/** Sends a signal to the one sentry of this host. */
export function signal(host: PortsentryHost, name: NodeJS.Signals): void {
  const [daemon, other] = daemons(host);
  if (!daemon || other) throw new Error(`there should be one sentry: ${JSON.stringify(daemons(host))}`);
  process.kill(daemon.pid, name);
}

/** Ends it, and waits for that and for its last words. */
export async function stop(host: PortsentryHost, running: Running): Promise<Finished> {
  signal(host, 'SIGTERM');
  await host.waitFor('its end', () => running.hasEnded);
  const isInSyslog = starts(host.lines()) > 0;
  if (isInSyslog) await host.waitFor('its last words', () => HAS_STOPPED.test(host.lines().at(-1) ?? ''));
  return await running.finished;
}

/** Asks the running sentry over its control socket. */
export const request = async <Command extends 'status' | 'blocks'>(
  { root }: PortsentryHost,
  command: Command,
): Promise<Results[Command]> =>
  await ask<Command>(root.path(SOCKET), { command } as Request & { command: Command });

/** Does it again until the outcome is as wanted, and answers that one. Throws with the last one when it takes too long. */
export async function until<T>(
  what: string,
  attempt: () => Promise<T>,
  isSo: (outcome: T) => boolean,
): Promise<T> {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const outcome = await attempt();
    if (isSo(outcome)) return outcome;
    if (deadline.aborted)
      throw new Error(`waiting for ${what}: ${PATIENCE_MS} ms are over: ${JSON.stringify(outcome)}`);
  }
}

/** Runs a command line of xdpsentry that speaks to the running sentry; throws when it fails. */
export const control = async (host: PortsentryHost, ...args: readonly string[]): Promise<string> =>
  await execute(host, ...args, '--socket', SOCKET);

/** Runs any other of its command lines to its end; answers what it printed, throws when it fails. */
export const execute = async ({ root }: PortsentryHost, ...args: readonly string[]): Promise<string> =>
  (await root.execute(process.execPath, [MAIN, ...args])).stdout;

/** Scans the host with nmap, from the scanner or another address of its machine. Answers how many ports answered. */
export async function scan(
  { lab }: PortsentryHost,
  args: string,
  from: string = addresses.scanner.ipv4,
): Promise<number> {
  const as = ['-S', from, '-e', lab.scanner.interface];
  const report = await nmap(lab.scanner, [...IMPATIENT, ...as, ...args.split(' '), addresses.sentry.ipv4]);
  return learnedPorts(report).count;
}
