/** Rules about the sources of a network together. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { halfOf, type NetworkRule, Share } from '../../../../src/detect/together/member.ts';
import { MAX_MEMBERS, NetworkDetector } from '../../../../src/detect/together/network-detector.ts';
import { rule, Source, seconds } from '../../../support/probes.ts';

const NETWORK = '203.0.113.0/24';
const networkRule = (wanted: Partial<NetworkRule> = {}): NetworkRule => ({
  ...rule({ ports: 5, windowNs: seconds(3600), ...wanted }),
  sources: wanted.sources ?? 2,
});

/** Probes as `1:22` (source 203.0.113.1, port 22), a second apart; answers of each alert at which probe it came and who was in it. */
function see(text: string, wanted?: Partial<NetworkRule>, apart = 1) {
  const detector = new NetworkDetector([networkRule(wanted)], 1000);
  const sources = new Map<string, Source>();
  return text.split(' ').flatMap((word, index) => {
    const [host, port] = word.split(':');
    const address = `203.0.113.${host}`;
    const source = sources.get(address) ?? new Source(address);
    sources.set(address, source);
    const probe = { ...source.probe(seconds(1 + index * apart), Number(port)), address };
    return detector.observe(probe, NETWORK).map((alert) => ({
      at: index + 1,
      members: alert.members.map((member) => member.source.split('.')[3]).join(),
      ports: alert.ports.map((it) => it.port).sort((a, b) => a - b),
    }));
  });
}

describe('a rule about networks', () => {
  for (const [says, probes, expected] of [
    ['fires when sources together have tried as many ports', '1:1 2:2 3:3 4:4 5:5', [5]],
    ['also when they are few and try two each', '1:1 1:2 2:3 2:4 3:5', [5]],
    ['also when two share them evenly', '1:1 1:2 1:3 2:4 2:5 2:6', [6]],
    ['not for one source, however many ports it tries', '1:1 1:2 1:3 1:4 1:5 1:6 1:7', []],
    ['not for one that tries many, and a neighbour who tries one or two', '1:1 1:2 1:3 1:4 2:5 2:6', []],
    ['not for many who try the same port', '1:22 2:22 3:22 4:22 5:22 6:22', []],
    ['not for neighbours who try what the busy one tries', '1:1 1:2 1:3 1:4 1:5 2:1 3:2 4:1', []],
  ] as const) {
    test(says, () => {
      assert.deepEqual(
        see(probes).map(({ at }) => at),
        expected,
      );
    });
  }

  test('names who took part, and the ports', () => {
    assert.deepEqual(see('1:1 2:2 3:3 4:4 5:5'), [{ at: 5, members: '1,2,3,4,5', ports: [1, 2, 3, 4, 5] }]);
  });

  test('forgets what is older than the window', () => {
    assert.deepEqual(see('1:1 2:2 3:3 4:4 5:5', { windowNs: seconds(40) }, 11), []);
    assert.equal(see('1:1 2:2 3:3 4:4 5:5', { windowNs: seconds(44) }, 11).length, 1);
  });

  test('counts a probe that is told of late', () => {
    const detector = new NetworkDetector([networkRule({ ports: 4 })], 1000);
    const [busy, other] = [new Source('203.0.113.1'), new Source('203.0.113.2')];
    const see = (source: Source, at: number, port: number) =>
      detector.observe({ ...source.probe(seconds(at), port), address: source.name }, NETWORK).length;
    for (const port of [1, 2, 3, 4]) assert.equal(see(busy, port, port), 0);
    assert.equal(see(other, 6, 10), 0);
    assert.equal(see(other, 5.9, 11), 1);
  });

  test('may want more sources', () => {
    assert.deepEqual(
      see('1:1 1:2 2:3 2:4 3:5 4:6', { sources: 4 }).map(({ at }) => at),
      [6],
    );
  });

  test('is quiet within its window, and fires again when twice as many take part', () => {
    const many = Array.from({ length: 40 }, (_, index) => `${index + 1}:${index + 1}`).join(' ');
    assert.deepEqual(
      see(many).map(({ at }) => at),
      [5, 10, 20, 40],
    );
  });

  test('counts probes where it asks for these, of no source more than half', () => {
    const alone = Array.from({ length: 20 }, () => '1:22').join(' ');
    const probes = { ports: 1, probes: 6 };
    assert.deepEqual(see(`${alone} 2:22 2:23`, probes), []);
    assert.deepEqual(
      see(`${alone} 2:22 2:23 2:22`, probes).map(({ at }) => at),
      [23],
    );
  });

  test('leaves out whom a rule about sources has caught, until a window later', () => {
    const detector = new NetworkDetector([networkRule({ windowNs: seconds(60) })], 1000);
    const sources = [1, 2, 3].map((host) => new Source(`203.0.113.${host}`));
    const probe = (at: number, host: number, port: number) => {
      const told = sources[host - 1]!.probe(seconds(at), port);
      return detector.observe({ ...told, address: told.source }, NETWORK).length;
    };
    probe(1, 1, 1);
    probe(2, 1, 2);
    const caught = sources[0]!.probe(seconds(3), 2);
    detector.catch({ ...caught, address: caught.source }, NETWORK);
    assert.deepEqual([probe(4, 2, 3), probe(5, 2, 4), probe(6, 3, 5), probe(7, 1, 6)], [0, 0, 0, 0]);
    const after = [probe(70, 1, 1), probe(71, 1, 2), probe(72, 2, 3), probe(73, 2, 4), probe(74, 3, 5)];
    assert.deepEqual(after, [0, 0, 0, 0, 1]);
  });
});

test('what is told of late counts as if it had come in time', () => {
  const steps = fc.array(
    fc.record({ host: fc.nat(3), port: fc.nat(9), destination: fc.nat(3), lateNs: fc.nat(3) }),
    { minLength: 1, maxLength: 60 },
  );
  const wanted = networkRule({ ports: 5, hosts: 3, targets: 6, sources: 2 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const sources = Array.from({ length: 4 }, (_, host) => new Source(`203.0.113.${host}`));
      const detector = new NetworkDetector([wanted], 1000);
      const shares = sources.map(() => new Share(wanted));
      for (const [index, { host, port, destination, lateNs }] of sequence.entries()) {
        const told = sources[host]!.probe(index - lateNs, port, { destination: `192.0.2.${destination}` });
        const isTold = detector.observe({ ...told, address: told.source }, NETWORK).length > 0;
        shares[host]!.note(told, 1);
        assert.equal(isTold, isEnough(shares, wanted), `probe ${index}`);
        if (isTold) return;
      }
    }),
    { numRuns: 2000 },
  );
});

/** Counted anew from all that each has brought: see docs/together.md. */
function isEnough(shares: readonly Share[], rule: NetworkRule): boolean {
  return (['ports', 'hosts', 'targets'] as const).every((what) => {
    const brought = shares.map((share) => share[what].filter((_, at) => at % 2 === 0));
    const without = (left: number) => new Set(brought.filter((_, member) => member !== left).flat()).size;
    return (
      brought.filter(({ length }) => length > 0).length >= rule.sources &&
      without(-1) >= rule[what] &&
      brought.every((_, member) => without(member) >= halfOf(rule[what]))
    );
  });
}

test('whatever comes, it remembers so many sources at most, and counts those that it forgets', () => {
  const steps = fc.array(fc.record({ network: fc.nat(40), host: fc.nat(400), port: fc.nat(9) }), {
    maxLength: 1200,
  });
  fc.assert(
    fc.property(steps, (sequence) => {
      const detector = new NetworkDetector([networkRule()], MAX_MEMBERS + 50);
      const known = new Set<string>();
      for (const [index, { network, host, port }] of sequence.entries()) {
        const address = `${network}/${host}`;
        known.add(address);
        detector.observe({ ...new Source(address).probe(index, port), address }, `${network}`);
        assert.ok(detector.sources <= MAX_MEMBERS + 50);
      }
      assert.ok(detector.sources + detector.forgotten >= known.size);
    }),
    { numRuns: 30 },
  );
});

test('a flood from one network costs it no more than its members', () => {
  const detector = new NetworkDetector([networkRule()], 65_536);
  for (let count = 0; count < 5000; count++) {
    const address = `2001:db8:0:${count.toString(16)}::`;
    detector.observe({ ...new Source(address).probe(count, 22), address }, '2001:db8::/48');
  }
  assert.deepEqual([detector.sources, detector.forgotten], [MAX_MEMBERS, 5000 - MAX_MEMBERS]);
});
