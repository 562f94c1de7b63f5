import type { ProbeKind } from '../detect/probe.ts';
import type { ScanShape } from './scan-shape.ts';

/**
 * What a scan is. By what it sends: `stealth` (no connection begins so), `udp`, `protocol`, `ping`. Else by where it goes: many ports of
 * a host, one or two ports of many hosts, many of many; or too little to tell. By who else takes part: one of several sources, or among
 * decoys.
 */
export type ScanClass =
  | 'stealth'
  | 'udp'
  | 'protocol'
  | 'ping'
  | 'vertical'
  | 'horizontal'
  | 'block'
  | 'single'
  | 'distributed'
  | 'decoy';

/** So many ports, or hosts, make a shape; fewer may be a mistake. */
const ENOUGH = 3;

const STEALTH: ReadonlySet<ProbeKind> = new Set(['null', 'fin', 'xmas', 'maimon', 'ack', 'odd', 'odd_reply']);

/** `isScanner`: a rule has said so, and what it does has a name even if it is little. */
export function classOf(
  kinds: ReadonlySet<ProbeKind>,
  { ports, hosts }: Pick<ScanShape, 'ports' | 'hosts'>,
  isScanner: boolean,
): ScanClass {
  // Scanners ask first whether a host is there.
  const telling = [...kinds].filter((kind) => kind !== 'ping');
  const isAll = (...wanted: readonly ProbeKind[]) => telling.every((kind) => wanted.includes(kind));
  if (telling.length === 0) return 'ping';
  if (isAll('protocol')) return 'protocol';
  const enough = isScanner ? 2 : ENOUGH;
  if (hosts >= ENOUGH && ports < ENOUGH) return 'horizontal';
  if (isAll(...STEALTH)) return isScanner ? 'stealth' : shapeOf(ports, hosts, enough);
  if (isAll('udp') && isScanner) return 'udp';
  return shapeOf(ports, hosts, enough);
}

function shapeOf(ports: number, hosts: number, enough: number): ScanClass {
  if (ports >= ENOUGH && hosts >= ENOUGH) return 'block';
  if (ports < enough && hosts < enough) return 'single';
  return hosts > ports ? 'horizontal' : 'vertical';
}
