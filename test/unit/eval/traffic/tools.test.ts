/** What the generators say of tools, held against the frames: the tests that scan detection knows the tools by. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ipv4, ipv6 } from '../../../../scripts/eval/traffic/carriers.ts';
import { tcpFrame } from '../../../../scripts/eval/traffic/probes.ts';
import { fingerprints, linux, nmap, type Run } from '../../../../scripts/eval/traffic/tools.ts';
import { Random } from '../../../../scripts/packets/random.ts';
import { type Fields, fieldsOf } from '../../../support/fields.ts';

const HOST = '198.51.100.1';
const HOST_LOW = (100 << 8) | 1;
const PORTS = [22, 23, 80, 443, 8080, 31_337];

const seen = (run: Run, { dst = HOST, flags = 'S' } = {}): Fields[] =>
  PORTS.map((port) => fieldsOf(tcpFrame(ipv4, run({ src: '203.0.113.9', dst, port, flags }))));
const runOf = (tool: string, look: RegExp, seed = 7): Run =>
  fingerprints.find((one) => one.tool === tool && look.test(one.look))!.run(new Random(seed));
const distinct = (values: readonly number[]) => new Set(values).size;
const keyOf = ({ id, dport, seq }: Fields) => id ^ dport ^ (seq & 0xffff);

describe('generated probes look like those of', () => {
  test('nmap: one source port and sequence number for all ports, window 1024, MSS alone, TTLs from 37 to 59', () => {
    const probes = seen(nmap(new Random(7)));
    assert.equal(distinct(probes.map(({ sport }) => sport)), 1);
    assert.equal(distinct(probes.map(({ seq }) => seq)), 1);
    assert.ok(distinct(probes.map(({ id }) => id)) > 1);
    for (const { window, options, ttl, flags, dontFragment } of probes) {
      assert.deepEqual([window, options.toString('hex'), flags, dontFragment], [1024, '020405b4', 2, false]);
      assert.ok(ttl >= 37 && ttl <= 59, String(ttl));
    }
  });

  test('nmap -sF: no options, and -sA: an acknowledgement number', () => {
    for (const { options, flags, ack } of seen(nmap(new Random(7)), { flags: 'F' }))
      assert.deepEqual([options.length, flags, ack], [0, 1, 0]);
    for (const { flags, ack } of seen(nmap(new Random(7)), { flags: 'A' }))
      assert.ok(flags === 16 && ack > 0);
  });

  for (const [look, window, options] of [
    ['1024', 1024, ''],
    ['1025', 1025, '020405b4'],
  ] as const) {
    test(`masscan of window ${look}: identification = address ^ port ^ sequence number`, () => {
      for (const probe of seen(runOf('masscan', new RegExp(`window ${look}`)))) {
        assert.equal(keyOf(probe), HOST_LOW);
        assert.deepEqual([probe.window, probe.options.toString('hex')], [window, options]);
      }
    });
  }

  test('masscan behind NAT: the same key of all sources, which is not the address that the packets have', () => {
    const keys = [1, 2, 3].flatMap((seed) => seen(runOf('masscan', /NAT/, seed)).map(keyOf));
    assert.equal(distinct(keys), 1);
    assert.notEqual(keys[0], HOST_LOW);
  });

  test('zmap 4.0: identification 54321 and window 65535; 4.1: neither one identification nor without options', () => {
    for (const { id, window, options } of seen(runOf('zmap', /4\.0/)))
      assert.deepEqual([id, window, options.length], [54_321, 65_535, 0]);
    const later = seen(runOf('zmap', /4\.1/));
    assert.ok(distinct(later.map(({ id }) => id)) > 1);
    for (const { window, options } of later)
      assert.deepEqual([window, options.toString('hex')], [65_535, '020405b40103030801010402']);
  });

  test('Mirai: the sequence number is the address', () => {
    for (const dst of [HOST, '198.51.100.77'])
      for (const { seq, dst: address } of seen(runOf('mirai', /./), { dst })) assert.equal(seq, address);
  });

  test('unicornscan: sequence number ^ address ^ ports is one key a run, the bytes of the address reversed', () => {
    const keys = (seed: number) =>
      ['198.51.100.1', '198.51.100.200'].flatMap((dst) => {
        const address = Buffer.from(dst.split('.').map(Number)).readUInt32LE(0);
        return seen(runOf('unicornscan', /./, seed), { dst }).map(
          ({ seq, sport, dport }) => (seq ^ address ^ ((dport << 16) + sport)) >>> 0,
        );
      });
    // Two runs: each has drawn its key before anything else.
    const [first, again] = [keys(1), keys(2)];
    assert.equal(distinct(first.slice(0, PORTS.length)), 1);
    assert.equal(distinct(first), 1);
    assert.notEqual(first[0], again[0]);
  });

  test('hping3: window 512, no options, source ports that count up', () => {
    const probes = seen(runOf('hping3', /./));
    for (const [index, { window, options, sport }] of probes.entries())
      assert.deepEqual([window, options.length, sport], [512, 0, probes[0]!.sport + index]);
  });

  test('connect() of Linux: all options, and a source port and sequence number of its own each time', () => {
    const probes = seen(linux(new Random(7)));
    assert.equal(distinct(probes.map(({ sport }) => sport)), PORTS.length);
    assert.equal(distinct(probes.map(({ seq }) => seq)), PORTS.length);
    for (const { options, window, dontFragment } of probes)
      assert.deepEqual([options.length, window, dontFragment], [20, 64_240, true]);
  });
});

test('a probe in IPv6 has the same TCP header', () => {
  const run = nmap(new Random(7));
  const { sport, seq, window, family, ttl } = fieldsOf(
    tcpFrame(ipv6, run({ src: '2001:db8:66::66', dst: '2001:db8:1::1', port: 22, flags: 'S' })),
  );
  assert.deepEqual([family, window], [6, 1024]);
  const [same] = seen(nmap(new Random(7)));
  assert.deepEqual([sport, seq], [same!.sport, same!.seq]);
  assert.ok(ttl >= 37 && ttl <= 59);
});
