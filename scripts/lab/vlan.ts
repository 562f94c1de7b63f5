import { loadByIproute2 } from './iproute2.ts';
import { addresses, type Lab } from './lab.ts';

const PROGRAM = new URL('../../build/vlan-push.bpf.o', import.meta.url).pathname;

/**
 * From now on every frame of the scanner carries a VLAN tag (802.1Q, id 10) on the wire. The sentry's host has no such VLAN
 * and never answers, so its link address is given beforehand. Offloading must go: it would keep the tag out of the frame.
 */
export async function tagFrames({ scanner, sentry }: Lab): Promise<void> {
  const { stdout } = await sentry.execute('ip', ['-json', 'link', 'show', sentry.interface]);
  const [{ address }] = JSON.parse(stdout) as [{ address: string }];
  const neighbour = [
    'neighbour',
    'replace',
    addresses.sentry.ipv4,
    'lladdr',
    address,
    'dev',
    scanner.interface,
  ];
  await scanner.execute('ip', [...neighbour, 'nud', 'permanent']);
  await scanner.execute('ethtool', ['-K', scanner.interface, 'txvlan', 'off']);
  await scanner.execute('tc', ['qdisc', 'add', 'dev', scanner.interface, 'clsact']);
  const filter = [
    'filter',
    'add',
    'dev',
    scanner.interface,
    'egress',
    'bpf',
    'direct-action',
    'object-file',
    PROGRAM,
  ];
  await loadByIproute2(scanner, 'tc', [...filter, 'section', 'tc']);
}
