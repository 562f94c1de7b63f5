/** The hosts that are scanned, each on a lab of its own. */

import { existsSync } from 'node:fs';
import { Lab } from '../lab/lab.ts';
import { BLOCKED, CLASSIC, CONFIG, HISTORY, IGNORE, PortsentryHost } from '../lab/portsentry.ts';
import type { Scene } from './scene.ts';
import { startBuilt } from './tools/sentry.ts';
import { enableGro, NotAvailable } from './tools/tool.ts';

/** One probe decides, in the data plane. */
export const INSTANT = `
mode: enforce
rules:
  - { name: instant, kinds: any, instant: true, block_for: 1h }
`;
/** More ports than the data plane decides by itself: the controller has to. */
export const CONTROLLER_PORTS = 20;
export const CONTROLLER = `
mode: enforce
rules:
  - { name: wide, distinct_ports: ${CONTROLLER_PORTS}, window: 60s, block_for: 1h }
`;

/** As Debian's file, but it blocks, and by the rule that the file recommends for Linux. */
const PORTSENTRY_CONF = `
TCP_PORTS="1,11,15"
UDP_PORTS="1,7,9"
ADVANCED_PORTS_TCP="1024"
ADVANCED_PORTS_UDP="1024"
ADVANCED_EXCLUDE_TCP="113,139"
ADVANCED_EXCLUDE_UDP="520,138,137,67"
IGNORE_FILE="${IGNORE}"
HISTORY_FILE="${HISTORY}"
BLOCKED_FILE="${BLOCKED}"
RESOLVE_HOST = "0"
BLOCK_UDP="1"
BLOCK_TCP="1"
KILL_ROUTE="/sbin/iptables -I INPUT -s $TARGET$ -j DROP"
KILL_HOSTS_DENY="ALL: $TARGET$ : DENY"
SCAN_TRIGGER="0"
`;

export async function unprotected(scene: Scene): Promise<Lab> {
  const lab = await scene.own(Lab.create());
  await enableGro(lab);
  return lab;
}

export async function withSentry(scene: Scene, yaml: string): Promise<Lab> {
  const lab = await scene.own(Lab.create());
  await startBuilt(lab, yaml);
  return lab;
}

/** Debian's PortSentry 1.2, not started yet. */
export async function portsentryHost(scene: Scene): Promise<PortsentryHost> {
  if (!existsSync(CLASSIC)) throw new NotAvailable('this distribution has no PortSentry 1.2');
  const host = await scene.own(PortsentryHost.create('classic', { [CONFIG]: PORTSENTRY_CONF }));
  await enableGro(host.lab);
  return host;
}

export async function withPortsentry(scene: Scene): Promise<Lab> {
  const host = await portsentryHost(scene);
  await host.start(['atcp']);
  return host.lab;
}
