import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Fingerprints } from '../../../../src/detect/tools/fingerprints.ts';
import { Source, seconds } from '../../../support/probes.ts';
import { markOf, type Row, recognize, words } from './seen.ts';

const HOST = '198.51.100.1';

/** Sent by the tools themselves: masscan 1.3.2, zmap 2.1.1, nmap 7.93 and hping3 3.0.0-alpha-2, in network namespaces. */
const masscan: readonly Row[] = [
  ['198.51.100.0', 23, 45295, 0xeef2, 255, 442796773, 1024, 20],
  ['198.51.100.0', 22, 45295, 0x598c, 255, 1990147482, 1024, 20],
  ['198.51.100.48', 22, 45295, 0x802b, 255, 804054029, 1024, 20],
];
const zmap: readonly Row[] = [
  ['198.51.100.10', 23, 57872, 0xd431, 255, 3107035411, 65535, 20],
  ['198.51.100.51', 23, 35995, 0xd431, 255, 1367441765, 65535, 20],
];
const nmapSyn: readonly Row[] = [
  [HOST, 23, 55587, 0xd3be, 50, 514153619, 1024, 24],
  [HOST, 25, 55587, 0x95df, 54, 514153619, 1024, 24],
  [HOST, 80, 55587, 0xeca7, 53, 514153619, 1024, 24],
];
const nmapSyn6: readonly Row[] = [
  ['2001:db8:0:1::1', 53, 33934, undefined, 255, 2449927434, 1024, 24],
  ['2001:db8:0:1::1', 21, 33934, undefined, 255, 2449927434, 1024, 24],
];
const nmapAck: readonly Row[] = [
  [HOST, 21, 60290, 0x3bf0, 38, 0, 1024, 20],
  [HOST, 25, 60290, 0x84f4, 50, 0, 1024, 20],
];
const nmapMaimon: readonly Row[] = [
  [HOST, 53, 39763, 0xcd19, 42, 0, 1024, 20],
  [HOST, 22, 39763, 0xac4b, 44, 0, 1024, 20],
];
const hping3: readonly Row[] = [
  [HOST, 20, 2642, 0x2666, 64, 382201286, 512, 20],
  [HOST, 21, 2643, 0xadf3, 64, 438156976, 512, 20],
  [HOST, 22, 2644, 0xe0bd, 64, 1339963919, 512, 20],
];
const hping3Scan: readonly Row[] = [
  [HOST, 1, 2201, 0x9663, 64, 1086515630, 512, 20],
  [HOST, 2, 2201, 0x452f, 64, 159785294, 512, 20],
  [HOST, 3, 2201, 0x4c57, 64, 1539682762, 512, 20],
];

describe('packets of the tools themselves', () => {
  test('masscan: each has the mark', () => {
    const seen = recognize(masscan);
    assert.deepEqual(seen.map(markOf), ['masscan', 'masscan', 'masscan']);
    assert.deepEqual(seen.map(words), ['masscan 0.99', 'masscan 0.99', 'masscan 0.99']);
  });

  test('zmap before 4.1: each has the mark', () => {
    assert.deepEqual(recognize(zmap).map(markOf), ['zmap', 'zmap']);
  });

  test('zmap before 4.1, a datagram', () => {
    const it = new Fingerprints(10);
    const traits = { sourcePort: 39613, ipId: 0xd431, ttl: 255, tcp: undefined };
    const probe = new Source().probe(1, 53, { kind: 'udp', destination: '198.51.100.16', traits });
    assert.equal(markOf(it.observe(probe)), 'zmap');
  });

  for (const [name, rows, kind] of [
    ['-sS', nmapSyn, 'syn'],
    ['-6 -sS', nmapSyn6, 'syn'],
    ['-sA', nmapAck, 'ack'],
    ['-sM', nmapMaimon, 'maimon'],
  ] as const)
    test(`nmap ${name}: the second has the mark, and so has the first`, () => {
      const [first, second] = recognize(rows, kind);
      assert.equal(first!.mark, undefined);
      const [destination, port] = rows[0]!;
      assert.deepEqual(second!.mark, {
        tool: 'nmap',
        also: { destination, port, protocol: 'tcp', atNs: seconds(1) },
      });
    });

  test('nmap -sU is guessed by its TTLs', () => {
    const it = new Fingerprints(10);
    const source = new Source();
    const seen = [58, 46, 50, 42].map((ttl, index) => {
      const traits = { sourcePort: 52201, ipId: 1000 + index, ttl, tcp: undefined };
      return words(it.observe(source.probe(seconds(1) + index * 1e6, 14 + index, { kind: 'udp', traits })));
    });
    assert.deepEqual(seen, ['nothing', 'nothing', 'nothing', 'nmap 0.50']);
  });

  test('hping3: guessed at first, and known when the source port has gone up twice', () => {
    const seen = recognize(hping3);
    assert.deepEqual(seen.map(words), ['hping3 0.50', 'hping3 0.50', 'hping3 0.99']);
    assert.deepEqual(seen.map(markOf), [undefined, undefined, 'hping3']);
  });

  test('hping3 --scan: the source port stays', () => {
    assert.deepEqual(recognize(hping3Scan).map(markOf), [undefined, undefined, 'hping3']);
  });
});

describe('packets made after the source of a tool', () => {
  test('nmap, a second try: number and port go up, and the halves still agree', () => {
    const mask = 0x5a17_c3e1;
    const [first, second] = [0, 1].map((attempt): Row => {
      const sequence = (mask ^ ((attempt << 16) + attempt)) >>> 0;
      return [HOST, 80 + attempt, 40_000 + attempt, 7 * attempt, 44, sequence, 1024, 24];
    });
    assert.equal(markOf(recognize([first!, second!])[1]!), 'nmap');
  });

  test('the Mirai family: the sequence number is the address', () => {
    const row: Row = ['198.51.100.1', 23, 3000, 77, 50, 0xc633_6401, 14_600, 20];
    assert.equal(markOf(recognize([row])[0]!), 'mirai');
  });

  test('masscan on a machine of today: a window of 1025 and an MSS', () => {
    const [address, port, sequence] = [0xc633_6401, 8443, 0xdead_beef];
    const ipId = (address ^ port ^ sequence) & 0xffff;
    assert.equal(markOf(recognize([[HOST, port, 61_000, ipId, 240, sequence, 1025, 24]])[0]!), 'masscan');
  });

  test('zmap of today is guessed: what Windows sends, with a TTL that Windows does not begin with', () => {
    const row = (ttl: number): Row => [HOST, 80, 41_000, 4242, ttl, 99, 65_535, 32];
    assert.equal(words(recognize([row(242)])[0]!), 'zmap 0.50');
    assert.equal(words(recognize([row(117)])[0]!), 'nothing');
  });

  const unicornscan = (key: number, isBigEndian: boolean): Row[] =>
    [1, 2, 3].map((number) => {
      const address = isBigEndian ? 0xc633_6400 + number : ((number << 24) | 0x0064_33c6) >>> 0;
      const [port, sourcePort] = [20 + number, 12_345 + 7919 * number];
      const sequence = (key ^ address ^ (((port << 16) | sourcePort) >>> 0)) >>> 0;
      return [`198.51.100.${number}`, port, sourcePort, 5 * number, 64, sequence, 4128, 24];
    });
  for (const isBigEndian of [false, true])
    test(`unicornscan: the key comes out again, on a ${isBigEndian ? 'big' : 'little'}-endian machine`, () => {
      assert.deepEqual(recognize(unicornscan(0x1357_9bdf, isBigEndian)).map(markOf), [
        undefined,
        'unicornscan',
        'unicornscan',
      ]);
    });
});

describe('what is no mark', () => {
  const cases: readonly [says: string, rows: readonly Row[]][] = [
    ['an identification of 54321 with an ordinary window', [[HOST, 80, 50_000, 54_321, 57, 1, 64_240, 40]]],
    [
      'the same SYN again',
      [nmapSyn[0]!, nmapSyn[0]!, nmapSyn[0]!].map(
        (row) => [...row.slice(0, 6), 64_240, 40] as unknown as Row,
      ),
    ],
    [
      'one sequence number at several ports, with a window that nmap never sends',
      [1, 2, 3, 4].map((port): Row => [HOST, port, 4000, port * 31, 60, 0x0102_0304, 8192, 20]),
    ],
    [
      'a sequence number of 0 in several SYNs: many a program leaves it at that',
      [1, 2, 3, 4].map((port): Row => [HOST, port, 4000, port * 31, 60, 0, 4096, 20]),
    ],
    [
      'bots that all write the target into the sequence number behind a NAT',
      [23, 2323].map((port): Row => ['10.0.0.5', port, 3000, port, 50, 0xc633_6401, 14_600, 20]),
    ],
  ];
  for (const [says, rows] of cases)
    test(says, () => {
      assert.deepEqual([...new Set(recognize(rows).map(words))], ['nothing']);
    });

  test('a connection to a listener of ours, of which there is no packet', () => {
    const probe = new Source().probe(1, 2323, { kind: 'connect' });
    assert.deepEqual(new Fingerprints(10).observe(probe), { mark: undefined, finding: undefined });
  });
});

describe('masscan behind a NAT', () => {
  const [INSIDE, OUTSIDE] = ['10.0.0.5', 0xc633_64c8];
  const row = (port: number, sequence: number): Row =>
    [
      ...[INSIDE, port, 45_000, (OUTSIDE ^ port ^ sequence) & 0xffff, 240, sequence, 1024, 20],
    ] as unknown as Row;

  test('is known by the third packet of a source, whatever else comes between', () => {
    const seen = recognize([row(80, 111), row(443, 222_222), row(22, 333_333), row(23, 4_444_444)]);
    assert.deepEqual(seen.map(markOf), [undefined, undefined, 'masscan', 'masscan']);
  });

  test('is learned from several sources, and then known by the first packet of another', () => {
    const it = new Fingerprints(10);
    const seen = [1, 2, 3, 4].map((number) =>
      markOf(recognize([row(8000 + number, 77_777 * number)], 'syn', it, `192.0.2.${number}`)[0]!),
    );
    assert.deepEqual(seen, [undefined, undefined, 'masscan', 'masscan']);
  });

  test('is not learned from the same packet again, nor from a flood of one packet in many names', () => {
    const it = new Fingerprints(100);
    const seen = Array.from({ length: 50 }, (_, number) =>
      words(recognize([row(80, 111)], 'syn', it, `192.0.2.${number}`)[0]!),
    );
    assert.deepEqual([...new Set(seen)], ['nothing']);
  });
});

test('a mark among many packets of a source is no proof', () => {
  const it = new Fingerprints(10);
  const source = new Source();
  let last = it.observe(source.probe(1, 80, { traits: plain(1) }));
  for (let count = 2; count < 1000; count++)
    last = it.observe(source.probe(count, 80, { traits: plain(count) }));
  assert.equal(words(last), 'nothing');
  const [, , sourcePort, ipId, ttl, sequence, window, headerBytes] = zmap[0]!;
  const tcp = { sequence, window, headerBytes };
  const late = it.observe(source.probe(1000, 23, { traits: { sourcePort, ipId, ttl, tcp } }));
  assert.equal(late.mark, undefined, 'one in 1000 is there by chance once in eleven times');
  assert.equal(words(late), 'zmap 0.91');
});

const plain = (count: number) => ({
  sourcePort: 40_000,
  ipId: count & 0xffff,
  ttl: 57,
  tcp: { sequence: 1_000_000, window: 64_240, headerBytes: 40 },
});
