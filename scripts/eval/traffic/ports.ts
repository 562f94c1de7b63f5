import type { Random } from '../../packets/random.ts';

/** TCP ports that scanners try first, in about their order; 22 and 443 are open here. */
export const commonTcpPorts = [
  ...[80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900],
  ...[
    587, 8888, 199, 1720, 465, 548, 113, 81, 6001, 10_000, 514, 5060, 179, 2000, 8443, 8000, 554, 26, 5432,
    79,
  ],
] as const;
export const openTcpPorts: readonly number[] = [22, 443];

/** The same of UDP. */
export const commonUdpPorts = [
  ...[631, 161, 137, 123, 138, 1434, 445, 135, 67, 53, 139, 500, 68, 520, 1900, 4500, 514, 49_152, 162, 69],
  ...[5353, 111, 49_154, 1701, 998, 996, 997, 999, 3283, 1812],
] as const;

export const commonSctpPorts = [
  ...[
    2905, 22, 80, 21, 179, 443, 1812, 2944, 5060, 36_412, 3868, 9900, 7, 9, 20, 1021, 1022, 1167, 2049, 2427,
  ],
] as const;

/** Where the ports of a scan are; the built-in policy watches those up to 1024. */
export const portRanges = { 'below 1024': [1, 1023], high: [1025, 32_767] } as const;
export type PortRange = keyof typeof portRanges;

/** Distinct closed ports in a random order. */
export function randomPorts(range: PortRange, count: number, random: Random): number[] {
  const [first, last] = portRanges[range];
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = first + random.below(last - first + 1);
    if (!openTcpPorts.includes(port)) ports.add(port);
  }
  return [...ports];
}
