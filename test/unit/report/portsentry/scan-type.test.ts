import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PacketFacts } from '../../../../src/report/event.ts';
import { alertOf, SYN, textsOf } from './context.ts';

const BITS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };
const byteOf = (flags: string): number => [...flags].reduce((byte, flag) => byte | BITS[flag]!, 0);
const unknown = (...set: string[]): string =>
  `Unknown Type: TCP Packet Flags: ${['SYN', 'FIN', 'ACK', 'PSH', 'URG', 'RST']
    .map((flag) => `${flag}: ${set.includes(flag) ? 1 : 0}`)
    .join(' ')}`;

/** What the two versions call a TCP packet, for each order of their tests. */
function typesOf(facts: Partial<PacketFacts>): { in12: string; in2: string } {
  const [line12] = textsOf(alertOf(facts), { style: '1.2' });
  const [line2] = textsOf({ event: 'probe', fate: 'blocked', ...SYN, ...facts }, { style: '2' });
  return {
    in12: /^attackalert: (.*) from host: /.exec(line12!)![1]!,
    in2: / type: \[(.*?)\] /.exec(line2!)![1]!,
  };
}

describe('what PortSentry calls a TCP packet with the flags', () => {
  for (const [flags, in12, in2 = in12] of [
    ['', 'TCP NULL scan'],
    ['F', 'TCP FIN scan'],
    ['S', 'TCP SYN/Normal scan'],
    ['FPU', 'TCP XMAS scan'],
    ['SFPU', 'TCP XMAS scan'],
    ['SEC', 'TCP SYN/Normal scan'],
    ['FE', 'TCP FIN scan'],
    ['EC', 'TCP NULL scan', unknown()],
    ['E', 'TCP NULL scan', unknown()],
    ['SF', unknown('SYN', 'FIN')],
    ['P', unknown('PSH')],
    ['U', unknown('URG')],
    ['SU', unknown('SYN', 'URG')],
    ['FP', unknown('FIN', 'PSH')],
    ['FU', unknown('FIN', 'URG')],
    ['PU', unknown('PSH', 'URG')],
    ['FA', unknown('FIN', 'ACK')],
    ['SR', unknown('SYN', 'RST')],
    ['SFRPAU', 'TCP XMAS scan'],
  ] as const) {
    test(flags || 'none', () => assert.deepEqual(typesOf({ tcpFlags: byteOf(flags) }), { in12, in2 }));
  }
});

test('what has no flags has a name by its kind', () => {
  assert.deepEqual(typesOf({ kind: 'fragment', tcpFlags: 0 }), {
    in12: 'TCP Fragment scan',
    in2: 'TCP Fragment scan',
  });
  assert.deepEqual(typesOf({ kind: 'connect', tcpFlags: 0 }), { in12: 'Connect', in2: 'Connect' });
  assert.deepEqual(typesOf({ kind: 'udp', protocol: 'udp', tcpFlags: 0 }), { in12: 'UDP scan', in2: 'UDP' });
  assert.deepEqual(typesOf({ kind: 'fragment', protocol: 'udp', tcpFlags: 0 }), {
    in12: 'UDP scan',
    in2: 'UDP',
  });
  assert.deepEqual(typesOf({ kind: 'connect', protocol: 'udp', tcpFlags: 0 }), {
    in12: 'Connect',
    in2: 'Connect',
  });
});
