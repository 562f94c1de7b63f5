import type { Probe, ProbeKind } from '../../../../src/detect/probe.ts';
import { Fingerprints, type Recognition } from '../../../../src/detect/tools/fingerprints.ts';
import { Source, seconds } from '../../../support/probes.ts';

/** A packet as a table has it: `[destination, port, source port, identification, TTL, sequence number, window, bytes of the TCP header]`. */
export type Row = readonly [string, number, number, number | undefined, number, number, number, number];

export function probeOf(source: Source, row: Row, atNs: number, kind: ProbeKind = 'syn'): Probe {
  const [destination, port, sourcePort, ipId, ttl, sequence, window, headerBytes] = row;
  const traits = { sourcePort, ipId, ttl, tcp: { sequence, window, headerBytes } };
  return source.probe(atNs, port, { destination, kind, traits });
}

/** What is made of the packets of one source, ten milliseconds apart. */
export function recognize(
  rows: readonly Row[],
  kind: ProbeKind = 'syn',
  it = new Fingerprints(100),
  name?: string,
): Recognition[] {
  const source = new Source(name);
  return rows.map((row, index) => it.observe(probeOf(source, row, seconds(1) + index * 1e7, kind)));
}

/** `nmap 0.99`, or `nothing`. */
export const words = ({ finding }: Recognition): string =>
  finding ? `${finding.tool} ${finding.confidence.toFixed(2)}` : 'nothing';

/** The tool whose mark the packet has beyond doubt. */
export const markOf = ({ mark }: Recognition): string | undefined => mark?.tool;
