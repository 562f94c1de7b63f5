/**
 * Writes well-formed packets for the fuzzer to start from: mutations alone take long to come by an extension header.
 *
 * Usage: node test/fuzz/seeds.ts DIRECTORY
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eth, type Packet } from '../../scripts/packets/packet.ts';

const seeds: readonly Packet[] = [
  eth().ip4().tcp({ flags: 'S' }),
  eth().ip4({ ihl: 15 }).tcp({ flags: 'FPU' }),
  eth().ip4().udp().bytes(12),
  eth().ip4({ moreFragments: true }).tcp().keep(8),
  eth().ip4({ fragOffset: 3 }).bytes(24),
  eth().vlan(5).ip4().tcp(),
  eth().qinq(1).vlan(2).ip6().udp(),
  eth().ip6().tcp({ flags: 'F' }),
  eth().ip6().hopByHop().destOptions(24).routing().udp(),
  eth().ip6().fragment({ more: true }).auth().tcp().keep(30),
  eth().ip6().fragment({ offset: 1 }).bytes(16),
  eth().ip6({ payloadLength: 0 }).hopByHop().udp({ length: 0 }),
  eth({ type: 0x0806 }).bytes(28),
];

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: node test/fuzz/seeds.ts DIRECTORY');
for (const seed of seeds) {
  const bytes = seed.build();
  writeFileSync(join(directory, createHash('sha1').update(bytes).digest('hex')), bytes); // as libFuzzer names them
}
