import type { Lab } from '../lab/lab.ts';
import { introduce, send, stationOf, type Traffic } from './traffic.ts';

/** What a fast scanner manages, and what PortSentry is measured at. */
export const SCAN_RATE = 50_000;
export const PORTS = 1024;

/** The addresses that scan, one after the other: each is blocked after its scan. */
export const scannerAt = (nth: number): string => `198.51.100.${100 + nth}`;

/** Makes them answerable without asking for their link-layer address while it counts. */
export async function prepareScanners({ scanner, sentry }: Lab, count: number): Promise<void> {
  const station = await stationOf(scanner);
  for (let nth = 0; nth < count; nth++) {
    await scanner.execute('ip', ['address', 'add', `${scannerAt(nth)}/24`, 'dev', scanner.interface]);
    await introduce(sentry, scannerAt(nth), station);
  }
}

/** Scans ports 1 to 1024 again and again at SCAN_RATE; answers with how many answers came back. */
export async function scan(lab: Lab, nth: number, packets: number): Promise<number> {
  const traffic: Traffic = { family: 4, sources: 1, ports: PORTS, random: false, source: scannerAt(nth) };
  const before = await segments(lab);
  await send(lab, traffic, { packets, packetsPerSecond: SCAN_RATE });
  return (await segments(lab)) - before;
}

/** TCP segments that have reached the scanner. */
async function segments({ scanner }: Lab): Promise<number> {
  const { stdout } = await scanner.execute('cat', ['/proc/net/snmp']);
  const [names, values] = [...stdout.matchAll(/^Tcp: (.*)$/gm)].map(([, line]) => line!.split(' '));
  return Number(values![names!.indexOf('InSegs')]);
}
