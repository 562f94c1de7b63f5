import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FAIL2BAN_REGEX } from '../../scripts/lab/fail2ban.ts';
import { CLASSIC } from '../../scripts/lab/portsentry.ts';
import { CGROUPS2, SYSTEMD } from '../../scripts/lab/systemd.ts';

const BPFFS = '/sys/fs/bpf';
const BPFFS_MAGIC = 0xcafe4a11; // linux/magic.h

/** How to find out whether this machine can run a test. Each is asked at most once. */
const probes = {
  /** XDP programs load, with this process's capabilities. */
  bpf: () => addon().supportsProgramType('xdp'),
  /** New network namespaces may be made. */
  netns: () => succeeds('unshare', '--net', 'true'),
  /** A BPF file system is there to pin into. */
  bpffs: () => isBpffs() && isWritable(BPFFS),
  /** Frames can be sent by test runs: that came with the same Linux, 5.18, as this helper (bpf_xdp_get_buff_len). */
  'live-frames': () => addon().supportsHelper('xdp', 188),
  nmap: () => succeeds('nmap', '--version'),
  clang: () => succeeds('clang', '--version'),
  python3: () => succeeds('python3', '--version'),
  iptables: () => succeeds('unshare', '--net', 'iptables', '-S'),
  nft: () => succeeds('unshare', '--net', 'nft', 'list', 'ruleset'),
  /** Unpacked by scripts/setup.sh. */
  fail2ban: () => succeeds(FAIL2BAN_REGEX[0]!, ...FAIL2BAN_REGEX.slice(1), '--version'),
  /** `route`: what old configurations call. */
  'net-tools': () => succeeds('route', '--version'),
  /** Debian's PortSentry 1.2, where the distribution has it; scripts/setup.sh unpacks no other version. */
  portsentry: () => existsSync(CLASSIC),
  tshark: () => succeeds('tshark', '--version'),
  /** Of the same package. */
  dumpcap: () => succeeds('dumpcap', '--version'),
  promtool: () => succeeds('promtool', '--version'),
  /** A whole one can run on a host of the lab: its cgroups are to be had. */
  systemd: () => existsSync(SYSTEMD) && isWritable(CGROUPS2),
  'systemd-analyze': () => succeeds('systemd-analyze', '--version'),
  root: () => process.geteuid?.() === 0,
  /** The directory of material that several projects share lies beside this one. */
  shared: () => existsSync(new URL('../../../shared', import.meta.url)),
} as const satisfies Record<string, () => boolean>;

export type Capability = keyof typeof probes;

const known = new Map<Capability, boolean>();

/** For the `skip` option of a test: false when all is there, or else the reason to skip. */
export function needs(...names: readonly Capability[]): false | string {
  const missing = names.find((name) => !can(name));
  return missing === undefined ? false : `missing capability: ${missing}`;
}

function can(name: Capability): boolean {
  let answer = known.get(name);
  if (answer === undefined) {
    answer = probes[name]();
    known.set(name, answer);
  }
  return answer;
}

/** Loaded only when asked for, so that tests which need no kernel run without it; one that is not built is an error. */
function addon(): typeof import('bpf-loader-native') {
  return createRequire(import.meta.url)('bpf-loader-native') as typeof import('bpf-loader-native');
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function isBpffs(): boolean {
  return existsSync(BPFFS) && statfsSync(BPFFS).type === BPFFS_MAGIC;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
