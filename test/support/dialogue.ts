/**
 * What two hosts send each other, a line a packet: `0.5 198.51.100.9:40000 > 198.51.100.1:22 SA seq=7 ack=2`, or `… udp` in the place
 * of the flags. Times are seconds.
 */

import { eth, type Packet } from '../../scripts/packets/packet.ts';
import type { Shot } from './capture-file.ts';

const LINE =
  /^(?<at>[\d.]+) (?<src>\S+):(?<sport>\d+) > (?<dst>\S+):(?<dport>\d+) (?<what>[SAFRPU]+|none|udp|icmp)(?<rest>(?: \w+=\d+)*)$/;

/** The packets of the lines, as Ethernet frames unless `begin` says otherwise. */
export function dialogue(text: string, begin: () => Packet = eth): Shot[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => shotOf(line, begin));
}

function shotOf(line: string, begin: () => Packet): Shot {
  const found = LINE.exec(line)?.groups;
  if (!found) throw new RangeError(`"${line}" is no packet`);
  const { at, src, dst, what, rest, sport, dport } = found as Record<string, string>;
  const ports = { sport: Number(sport), dport: Number(dport) };
  const numbers = Object.fromEntries(
    [...rest!.matchAll(/(\w+)=(\d+)/g)].map(([, name, number]) => [name, Number(number)]),
  );
  const ends = { src: src!, dst: dst! };
  const ip = src!.includes(':') ? begin().ip6(ends) : begin().ip4(ends);
  const flags = what === 'none' ? '' : what!;
  const packet =
    what === 'icmp' ? ip.icmp() : what === 'udp' ? ip.udp(ports) : ip.tcp({ ...ports, flags, ...numbers });
  return { at: Number(at), frame: packet.build() };
}
