/** Scenes are what they say: their frames are read back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenes } from '../../../../scripts/eval/scenes/all.ts';
import { type Scene, type SceneGroup, sceneName } from '../../../../scripts/eval/scenes/scene.ts';
import { hostsOf } from '../../../../scripts/eval/traffic/addresses.ts';
import { openTcpPorts } from '../../../../scripts/eval/traffic/ports.ts';
import type { Shot } from '../../../../scripts/packets/shot.ts';
import { parsePrefix } from '../../../../src/values/prefix.ts';
import { type Fields, fieldsOf } from '../../../support/fields.ts';

const SYN = 0x02;
const of = (group: SceneGroup): Scene[] => scenes.filter((scene) => scene.group === group);
const one = (group: SceneGroup, row: string, column: string): Scene => {
  const found = scenes.find((scene) => scene.group === group && scene.row === row && scene.column === column);
  assert.ok(found, `there is no scene ${row}, ${column}`);
  return found;
};

/** As the parser of the test writes an address. */
const written = (address: string): string => {
  const { family, bytes } = parsePrefix(address)!;
  return family === 4 ? Buffer.from(bytes).subarray(0, 4).join('.') : Buffer.from(bytes).toString('hex');
};
type Seen = Fields & Pick<Shot, 'at'>;
const play = (scene: Scene): Seen[] =>
  scene
    .shots()
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, frame }) => ({ at, ...fieldsOf(frame) }));
/** What the scanners, or those in whose name somebody scans, send. */
const probesIn = (scene: Scene): Seen[] => {
  const sources = new Set([...scene.scanners, ...scene.forged].map(written));
  return play(scene).filter(({ source }) => sources.has(source));
};
const distinct = <T>(values: readonly T[]): number => new Set(values).size;

test('each scene has a name of its own, and the same frames every time', () => {
  assert.equal(distinct(scenes.map(sceneName)), scenes.length);
  for (const scene of [of('kind')[0]!, of('rate').at(-1)!, of('innocent')[4]!])
    assert.deepEqual(scene.shots(), scene.shots());
  const [first, second] = of('rate');
  assert.notDeepEqual(first!.shots(), second!.shots());
});

describe('scans by kind', () => {
  const flags = {
    SYN: 2,
    FIN: 1,
    NULL: 0,
    XMAS: 0x29,
    Maimon: 0x11,
    'ACK, Window': 0x10,
    'SYN+FIN': 3,
    'SYN+RST': 6,
    URG: 0x20,
    PSH: 8,
  };
  for (const [kind, set] of Object.entries(flags)) {
    for (const column of ['IPv4', 'IPv6, QinQ']) {
      test(`${kind} over ${column}: each of 40 ports of the host once, with these flags`, () => {
        const { family } = fieldsOf(one('kind', kind, column).shots()[0]!.frame);
        // To open ports a scanner's kernel sends RST of its own.
        const probes = probesIn(one('kind', kind, column)).filter((probe) => probe.flags !== 4);
        assert.equal(distinct(probes.map(({ dport }) => dport)), 40);
        assert.equal(probes.length, 40);
        for (const probe of probes) {
          assert.deepEqual([probe.protocol, probe.flags], [6, set]);
          assert.equal(probe.destination, written(hostsOf[family].host));
          assert.equal(probe.tags.length, column.includes('QinQ') ? 2 : 0);
        }
      });
    }
  }

  test('connect: ports are refused, but those that are open, where the handshake is completed', () => {
    const all = play(one('kind', 'connect', 'IPv4'));
    const scanner = written(hostsOf[4].scanner);
    const refused = all.filter(({ destination, flags: set }) => destination === scanner && set === 0x14);
    const accepted = all.filter(({ destination, flags: set }) => destination === scanner && set === 0x12);
    assert.deepEqual([refused.length, accepted.length], [38, 2]);
    for (const { dport, sport, seq } of accepted) {
      assert.ok(openTcpPorts.includes(sport));
      const last = all.find((shot) => shot.source === scanner && shot.sport === dport && shot.flags === 0x10);
      assert.equal(last?.ack, (seq + 1) >>> 0);
    }
  });

  test('sweeps: one port, or an echo request, to each of 40 hosts', () => {
    for (const column of ['IPv4', 'IPv6']) {
      const syn = probesIn(one('kind', 'SYN sweep', column));
      assert.deepEqual(
        [distinct(syn.map(({ destination }) => destination)), distinct(syn.map(({ dport }) => dport))],
        [40, 1],
      );
      const echo = probesIn(one('kind', 'ICMP echo sweep', column));
      assert.equal(distinct(echo.map(({ destination }) => destination)), 40);
      for (const { protocol, payload } of echo)
        assert.deepEqual([protocol, payload[0], payload[1]], column === 'IPv4' ? [1, 8, 0] : [58, 128, 0]);
    }
  });

  test('IP protocols: 30 numbers with nothing in them', () => {
    const probes = probesIn(one('kind', 'IP protocols', 'IPv6, three headers'));
    assert.equal(distinct(probes.map(({ protocol }) => protocol)), 30);
    for (const { payload } of probes) assert.equal(payload.length, 0);
  });
});

describe('scans by rate', () => {
  const apart = { '36000/h': 0.1, '600/h': 6, '12/h': 300, '1/h': 3600, 'one per 6 h': 21_600 };
  for (const [row, seconds] of Object.entries(apart)) {
    test(`${row}: a SYN every ${seconds} s, to ports that are distinct and closed`, () => {
      for (const [column, low, high] of [
        ['nmap, IPv4, below 1024', 1, 1023],
        ['Linux, IPv6, high', 1025, 65_535],
      ] as const) {
        const probes = probesIn(one('rate', row, column));
        assert.equal(probes.length, row === 'one per 6 h' ? 9 : 20);
        assert.equal(distinct(probes.map(({ dport }) => dport)), probes.length);
        for (const [index, { at, dport, flags }] of probes.entries()) {
          assert.ok(dport >= low && dport <= high && !openTcpPorts.includes(dport), String(dport));
          assert.equal(flags, SYN);
          if (index > 0) assert.ok(Math.abs(at - probes[index - 1]!.at - seconds) < 1e-6);
        }
      }
    });
  }
});

describe('crowds', () => {
  for (const [layout, bytes] of [
    ['/24', 3],
    ['/64', 8],
    ['/48', 6],
  ] as const) {
    test(`of one ${layout}: so many sources of one network, one or two ports each, all of them different`, () => {
      for (const size of [10, 50, 200]) {
        for (const each of [1, 2]) {
          const scene = one(
            'crowd',
            `${size} sources, ${layout}`,
            `${each === 1 ? '1 port' : '2 ports'} each, below 1024`,
          );
          const networks = scene.scanners.map((text) =>
            Buffer.from(parsePrefix(text)!.bytes.subarray(0, bytes)).toString('hex'),
          );
          assert.equal(distinct(networks), 1);
          const probes = probesIn(scene);
          assert.equal(distinct(probes.map(({ source }) => source)), size);
          assert.equal(distinct(probes.map(({ dport }) => dport)), size * each);
          assert.equal(probes.length, size * each);
        }
      }
    });
  }

  test('of unrelated sources: no two of one /24, after a quiet day', () => {
    const scene = one('crowd', '200 sources, unrelated, IPv4', '1 port each, high');
    assert.equal(distinct(scene.scanners.map((address) => address.split('.').slice(0, 3).join('.'))), 200);
    const probes = probesIn(scene);
    assert.equal(probes.length, 200);
    assert.ok(probes[0]!.at >= 86_400);
    const before = play(scene).filter(
      ({ at, flags, dport }) => at < 86_400 && flags === SYN && dport !== 443,
    );
    assert.equal(before.length, 48);
    const six = one('crowd', '200 sources, unrelated, IPv6', '1 port each, high').scanners;
    assert.equal(distinct(six.map((address) => address.split(':').slice(0, 3).join(':'))), 200);
  });

  test('of decoys: each probe comes from all of them within a millisecond, the same but for address and TTL', () => {
    for (const [row, size] of [
      ['5 sources, IPv4', 5],
      ['10 sources, IPv6', 10],
    ] as const) {
      const scene = one('decoys', row, 'high');
      const probes = probesIn(scene).filter(({ flags }) => flags === SYN);
      const ports = [...new Set(probes.map(({ dport }) => dport))];
      assert.equal(ports.length, 20);
      for (const port of ports) {
        const set = probes.filter(({ dport }) => dport === port);
        assert.equal(distinct(set.map(({ source }) => source)), size);
        assert.equal(distinct(set.map(({ id, sport, seq }) => `${id} ${sport} ${seq}`)), 1);
        assert.ok(set.at(-1)!.at - set[0]!.at < 0.001);
        assert.ok(set.some(({ source }) => source === written(scene.scanners[0]!)));
      }
      assert.equal(scene.forged.length, size - 1);
    }
  });
});

test('forged probes: so many packets in the name of the peer, each to a port of its own, and nobody scans in his own name', () => {
  for (const [attack, protocol] of [
    ['SYN', 6],
    ['UDP', 17],
  ] as const) {
    for (const [count, packets] of [
      ['1 packet', 1],
      ['10 packets', 10],
      ['1000 packets', 1000],
    ] as const) {
      const scene = one('forgery', 'holds an SSH session', `${attack}, ${count}, IPv4`);
      const [victim] = scene.forged;
      const probes = play(scene).filter(
        ({ source, dport, protocol: number }) => source === victim && number === protocol && dport !== 22,
      );
      assert.equal(probes.length, packets);
      assert.equal(distinct(probes.map(({ dport }) => dport)), packets);
      assert.deepEqual(scene.scanners, []);
    }
  }
});

test('who is innocent begins nothing at more than two closed ports of the host, but for the datagrams of a traceroute', () => {
  for (const scene of of('innocent')) {
    const all = play(scene);
    const hosts = new Set(scene.protects.map(written));
    // What the host answers with SYN-ACK is no closed port.
    const served = new Set(
      all.filter(({ source, flags }) => hosts.has(source) && flags === 0x12).map(({ sport }) => sport),
    );
    const tried = new Map<string, Set<number>>();
    for (const { source, destination, protocol, flags, dport } of all) {
      const isCall = protocol === 17 || (protocol === 6 && flags === SYN && !served.has(dport));
      if (!isCall || !hosts.has(destination)) continue;
      tried.set(source, (tried.get(source) ?? new Set()).add(dport));
    }
    const most = Math.max(0, ...Array.from(tried.values(), ({ size }) => size));
    assert.ok(scene.row === 'traceroute' ? most === 16 : most <= 2, `${sceneName(scene)}: ${most}`);
    assert.deepEqual([scene.scanners, scene.forged], [[], []]);
  }
});
