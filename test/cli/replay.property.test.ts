/** A replay goes by what was sent and when: not by how a capture is written, cut into files, or tagged on the way. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { eth } from '../../scripts/packets/packet.ts';
import { main } from '../../src/cli/program.ts';
import { needs } from '../support/capability.ts';
import { pcap, pcapng, type Shot } from '../support/capture-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-alike-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
function write(bytes: Uint8Array): string {
  const path = join(directory, `${++files}.capture`);
  writeFileSync(path, bytes);
  return path;
}

const HOST = { 4: '198.51.100.1', 6: '2001:db8::1' } as const;
const RAW_IP = 101;

/** The JSON lines of a replay. */
async function replay(...paths: readonly string[]): Promise<string> {
  let [out, err] = ['', ''];
  const argv = ['replay', '--protect', HOST[4], '--protect', HOST[6], '--json', ...paths];
  const code = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  assert.equal(code, 0, err);
  return out;
}

/** Neighbours and strangers, of both families. */
const peers = [
  ...['203.0.113.7', '203.0.113.8', '203.0.113.9', '192.0.2.5', '198.18.0.1', '198.18.0.2'],
  ...['2001:db8:7:1::1', '2001:db8:7:1::2', '2001:db8:7:2::1', '2001:db8:9::1'],
];

/** What a peer sends, or is sent: `number` is the sequence number, and few are the same so that some are copies of others. */
const step = fc.record({
  afterSeconds: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 0.000_1, 0.05, 0.3) },
    { weight: 2, arbitrary: fc.constantFrom(1, 40, 700) },
    { weight: 1, arbitrary: fc.constant(5000) },
  ),
  peer: fc.constantFrom(...peers),
  isAnswer: fc.integer({ min: 0, max: 9 }).map((digit) => digit === 0),
  flags: fc.oneof(
    { weight: 6, arbitrary: fc.constant('S') },
    { weight: 4, arbitrary: fc.constantFrom('F', '', 'FPU', 'A', 'SF', 'R', 'SA', 'udp', 'ping') },
  ),
  port: fc.integer({ min: 20, max: 30 }),
  number: fc.integer({ min: 1, max: 12 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Behind so many VLAN tags. */
function frameOf({ peer, isAnswer, flags, port, number }: Step, tags: number): Uint8Array {
  const isIpv6 = peer.includes(':');
  const [src, dst] = isAnswer ? [HOST[isIpv6 ? 6 : 4], peer] : [peer, HOST[isIpv6 ? 6 : 4]];
  let link = eth();
  for (let tag = 0; tag < tags; tag++) link = link.vlan(5 + tag);
  const ip = isIpv6 ? link.ip6({ src, dst }) : link.ip4({ src, dst, id: number });
  if (flags === 'ping') return (isIpv6 ? ip.icmp6() : ip.icmp()).build();
  const own = 40_000 + number;
  const ports = isAnswer ? { sport: port, dport: own } : { sport: own, dport: port };
  if (flags === 'udp') return ip.udp(ports).bytes(8).build();
  return ip.tcp({ ...ports, flags: isAnswer ? 'SA' : flags, seq: number * 7919 }).build();
}

function shotsOf(steps: readonly Step[], tags = 0): Shot[] {
  let at = 0;
  return steps.map((it) => {
    at += it.afterSeconds;
    return { at, frame: frameOf(it, tags) };
  });
}

/** Cut there, but never between frames of one moment: nothing tells which of two files comes first then. */
function partsOf(shots: readonly Shot[], cuts: readonly number[]): Shot[][] {
  const parts: Shot[][] = [[]];
  for (const [index, shot] of shots.entries()) {
    const isLater = index > 0 && shot.at > shots[index - 1]!.at;
    if (isLater && cuts.includes(index)) parts.push([]);
    parts.at(-1)!.push(shot);
  }
  return parts;
}

describe('one trace, written in several ways, has the same JSON lines', { skip: needs('bpf') }, () => {
  const traces = fc.array(step, { minLength: 40, maxLength: 250 });
  const options = { numRuns: 6 };
  let alerts = 0;
  const assertSame = async (steps: readonly Step[], ...paths: readonly string[]) => {
    const lines = await replay(write(pcap(shotsOf(steps))));
    assert.notEqual(lines, '');
    assert.equal(await replay(...paths), lines);
    alerts += lines.split('"alerted":true').length - 1;
  };
  after(() => assert.ok(alerts > 0, 'rules had something to say'));

  test('as pcapng, and as raw IP', async () => {
    await fc.assert(
      fc.asyncProperty(traces, async (steps) => {
        const shots = shotsOf(steps);
        const raw = shots.map(({ at, frame }) => ({ at, frame: frame.slice(14) }));
        await assertSame(steps, write(pcapng(shots)));
        await assertSame(steps, write(pcap(raw, { linkType: RAW_IP, unit: 'nano' })));
      }),
      options,
    );
  });

  test('in several files, the last one named first', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 3, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(traces, cuts, async (steps, places) => {
        const parts = partsOf(shotsOf(steps), places);
        const paths = parts.map((part, index) => write(index % 2 ? pcapng(part) : pcap(part)));
        await assertSame(steps, ...paths.reverse());
      }),
      options,
    );
  });

  test('behind VLAN tags', async () => {
    await fc.assert(
      fc.asyncProperty(traces, fc.integer({ min: 1, max: 3 }), async (steps, tags) => {
        await assertSame(steps, write(pcap(shotsOf(steps, tags))));
      }),
      options,
    );
  });
});
