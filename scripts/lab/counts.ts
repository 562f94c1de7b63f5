import type { Host } from './lab.ts';

/** Datagrams of both families that have reached the host's network stack, for ports that nobody serves. */
export async function datagramsForNobody(host: Host): Promise<number> {
  const passed = await datagramsForNobodyByFamily(host);
  return passed[4] + passed[6];
}

/** The same of each family. */
export async function datagramsForNobodyByFamily(
  host: Host,
): Promise<{ readonly 4: number; readonly 6: number }> {
  const { stdout } = await host.execute('cat', ['/proc/net/snmp', '/proc/net/snmp6']);
  const ipv6 = /^Udp6NoPorts\s+(\d+)$/m.exec(stdout)?.[1];
  return { 4: snmpCount(stdout, 'Udp', 'NoPorts'), 6: Number(ipv6) };
}

/** TCP segments of both families that the host has received. */
export async function segmentsReceived(host: Host): Promise<number> {
  return snmpCount((await host.execute('cat', ['/proc/net/snmp'])).stdout, 'Tcp', 'InSegs');
}

/** Resets of both families that the host has sent: its answers to SYNs for ports that nobody serves. */
export async function resetsSent(host: Host): Promise<number> {
  return snmpCount((await host.execute('cat', ['/proc/net/snmp'])).stdout, 'Tcp', 'OutRsts');
}

/** Packets that have left by the host's interface. */
export async function packetsSent(host: Host): Promise<number> {
  const { stdout } = await host.execute('ip', ['-json', '-stats', 'link', 'show', host.interface]);
  const [{ stats64 }] = JSON.parse(stdout) as [{ stats64: { tx: { packets: number } } }];
  return stats64.tx.packets;
}

/** /proc/net/snmp has a line of names and a line of values for each protocol. */
function snmpCount(text: string, protocol: string, name: string): number {
  const lines = [...text.matchAll(new RegExp(`^${protocol}: (.*)$`, 'gm'))].map(([, line]) =>
    line!.split(' '),
  );
  const [names, values] = lines;
  return Number(values![names!.indexOf(name)]);
}
