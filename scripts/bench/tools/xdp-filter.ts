import type { Lab } from '../../lab/lab.ts';
import { execute } from '../../lab/process.ts';
import { sourceAt } from '../traffic.ts';
import type { Target, Tool } from './tool.ts';

/** It pins its maps under one fixed name for the whole machine, unless it has a bpffs of its own. */
const SCRIPT = `
set -e
mount -t bpf bpf /sys/fs/bpf
xdp-filter load --mode native "$1" >&2
xdp-filter ip --mode src "$2" >&2
echo ready
exec sleep infinity
`;

/** Of Debian's xdp-tools, with one address. Where the kernel refuses libxdp's dispatcher, it runs alone. */
export async function xdpFilter(lab: Lab, { family }: Target): Promise<Tool> {
  const keeper = lab.sentry.spawn('unshare', [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    SCRIPT,
    'sh',
    lab.sentry.interface,
    sourceAt(family, 0),
  ]);
  await keeper.waitFor('xdp-filter', () => keeper.stdout.includes('ready'));
  return {
    async handled() {
      const { stdout } = await execute('nsenter', [
        `--target=${keeper.pid}`,
        '--mount',
        '--net',
        'xdp-filter',
        'status',
      ]);
      return droppedIn(stdout);
    },
  };
}
function droppedIn(status: string): number {
  return Number(/XDP_DROP\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
}
