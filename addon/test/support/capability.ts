import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { supportsProgramType } from 'bpf-loader-native';

export const BPFFS = '/sys/fs/bpf';
const BPFFS_MAGIC = 0xcafe4a11; // linux/magic.h

const probes = {
  /** XDP programs load, with this process's capabilities. */
  bpf: () => supportsProgramType('xdp'),
  /** Network namespaces can be made, and entered. */
  netns: () => spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0,
  /** A BPF file system is there to pin into. */
  bpffs: () => existsSync(BPFFS) && statfsSync(BPFFS).type === BPFFS_MAGIC && isWritable(BPFFS),
  root: () => process.geteuid?.() === 0,
  /** The loopback interface has IPv6. */
  ipv6: () => networkInterfaces()['lo']?.some(({ address }) => address === '::1') ?? false,
  /** What sockets there are, and how they are set. */
  ss: () => spawnSync('ss', ['-V'], { stdio: 'ignore' }).status === 0,
} as const satisfies Record<string, () => boolean>;

export type Capability = keyof typeof probes;

const answers = new Map<Capability, boolean>();

/** For the `skip` option of a test: false when all is there, else the reason. */
export function needs(...names: readonly Capability[]): false | string {
  const missing = names.find((name) => !can(name));
  return missing === undefined ? false : `missing capability: ${missing}`;
}

function can(name: Capability): boolean {
  const answer = answers.get(name) ?? probes[name]();
  answers.set(name, answer);
  return answer;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
