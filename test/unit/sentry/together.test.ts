/** Several sources together: what is told of them, and who of them is blocked for what. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Sighting } from '../../../src/kernel/data-plane.ts';
import { decoyBounds } from '../../../src/kernel/decoy-bounds.ts';
import type { SentryEvent } from '../../../src/report/event.ts';
import { GATEWAYS, makeSentry, prefix, sightingOf } from './make-sentry.ts';

const OFF = 'campaign: off';
const NETWORK =
  'name: distributed, per: network, distinct_ports: 3, distinct_sources: 2, window: 1h, block_for: 5m';
const spread = (action: string, mode = 'enforce') =>
  `mode: ${mode}\n${OFF}\nrules: [{ ${NETWORK}, action: ${action} }]`;

type Made = ReturnType<typeof makeSentry>;
type Told<E extends SentryEvent['event']> = Extract<SentryEvent, { event: E }>;
const takeAll = <E extends SentryEvent['event']>({ told }: Made, event: E) =>
  told.splice(0).filter((it): it is Told<E> => it.event === event);

/** Each source of that network tries one port of its own. */
function fromNetwork(made: Made, hosts: readonly number[], network = '203.0.113') {
  for (const host of hosts)
    made.sentry.handle(sightingOf({ address: `${network}.${host}`, port: 1000 + host, firstNs: host }));
}

describe('a rule about networks', () => {
  test('tells of the network and its sources, and blocks nobody', () => {
    const made = makeSentry(spread('alert'));
    fromNetwork(made, [1, 2, 3]);
    assert.deepEqual(takeAll(made, 'distributed'), [
      {
        event: 'distributed',
        rule: 'distributed',
        network: '203.0.113.0/24',
        sources: ['203.0.113.1', '203.0.113.2', '203.0.113.3'],
        destination: '198.51.100.10',
        probes: 3,
        ports: '1001-1003/tcp',
        hosts: 1,
        kinds: ['syn'],
        action: 'alert',
        blocked: 0,
        guarded: 0,
      },
    ]);
    assert.deepEqual([...made.blocks], []);
    assert.deepEqual([made.sentry.alerts, made.counted], [1, ['distributed']]);
  });

  test('blocks the sources that took part if told to, and says why; never the network', () => {
    const made = makeSentry(spread('block'));
    fromNetwork(made, [1, 2, 3]);
    const reason = 'distributed: one of 3 sources in 203.0.113.0/24: 1001-1003/tcp';
    assert.deepEqual(
      [...made.blocks].map((block) => [block.source, block.reason, block.evidence?.port]),
      [1, 2, 3].map((host) => [`203.0.113.${host}`, reason, 1000 + host]),
    );
    assert.equal(made.blocks.has(prefix('203.0.113.0/24')), false);
    assert.deepEqual(made.take(), [
      'distributed',
      ...[1, 2, 3].map((host) => `blocked 203.0.113.${host} (${reason})`),
    ]);
  });

  test('leaves out whom a rule of its own has caught, with the very first probe already', () => {
    const first = '{ name: first, kinds: [fin], distinct_ports: 1, window: 1h, action: alert }';
    const made = makeSentry(`mode: enforce\n${OFF}\nrules: [${first}, { ${NETWORK}, action: alert }]`);
    for (const host of [1, 2]) {
      const source = { address: `203.0.113.${host}`, firstNs: host };
      made.sentry.handle(sightingOf({ ...source, port: 10, kind: 'fin', kinds: new Set(['fin']) }));
      for (const port of [10 * host + 1, 10 * host + 2]) made.sentry.handle(sightingOf({ ...source, port }));
    }
    assert.deepEqual(takeAll(made, 'distributed'), []);
    fromNetwork(made, [7, 8, 9]);
    assert.equal(takeAll(made, 'distributed').length, 1);
  });

  test('does to each source what the rule says of the protocol that it has used', () => {
    const made = makeSentry(spread('{ tcp: block, udp: alert }'));
    const datagram = { address: '203.0.113.1', port: 53, protocol: 'udp', kind: 'udp', firstNs: 1 } as const;
    made.sentry.handle(sightingOf({ ...datagram, kinds: new Set(['udp']) }));
    fromNetwork(made, [2, 3]);
    assert.deepEqual(
      [...made.blocks].map(({ source }) => source),
      ['203.0.113.2', '203.0.113.3'],
    );
  });

  test('spares whoever is guarded', () => {
    const connected = new Set(['203.0.113.2']);
    const made = makeSentry(spread('block'), { connected });
    fromNetwork(made, [1, 2, 3]);
    const [told] = takeAll(made, 'distributed');
    assert.deepEqual([told?.action, told?.blocked, told?.guarded], ['block', 2, 1]);
    assert.equal(made.blocks.has(prefix('203.0.113.2')), false);
    const gateways = makeSentry(spread('block'));
    fromNetwork(gateways, [2, 3], '198.51.100');
    gateways.sentry.handle(sightingOf({ address: GATEWAYS[0]!, port: 7, firstNs: 9 }));
    assert.equal(takeAll(gateways, 'distributed')[0]?.guarded, 1);
    assert.equal(gateways.blocks.has(prefix(GATEWAYS[0]!)), false);
  });

  test('blocks nobody while observing', () => {
    const made = makeSentry(spread('block', 'observe'));
    fromNetwork(made, [1, 2, 3]);
    assert.equal(takeAll(made, 'distributed')[0]?.action, 'would_block');
    assert.deepEqual([...made.blocks], []);
  });

  test('adds up /64 networks of IPv6 within a /48, and blocks these', () => {
    const made = makeSentry(spread('block'));
    for (const [index, host] of ['1', '2', '3'].entries())
      made.sentry.handle(
        sightingOf({ address: `2001:db8:7:${host}::9`, port: index + 1, firstNs: index + 1 }),
      );
    assert.equal(takeAll(made, 'distributed')[0]?.network, '2001:db8:7::/48');
    assert.deepEqual(
      [...made.blocks].map(({ source, evidence }) => [source, evidence?.address]),
      ['1', '2', '3'].map((host) => [`2001:db8:7:${host}::/64`, `2001:db8:7:${host}::9`]),
    );
  });

  test('says nothing of private networks, whose neighbours have nothing in common', () => {
    for (const network of ['10.1.2', '192.168.7', '172.20.0', '100.64.1', '169.254.3']) {
      const made = makeSentry(spread('alert'));
      fromNetwork(made, [1, 2, 3, 4, 5, 6], network);
      assert.deepEqual(takeAll(made, 'distributed'), [], network);
    }
  });

  test('leaves out whom another rule has caught', () => {
    const made = makeSentry(
      `mode: observe\n${OFF}\nrules: [{ name: scan, distinct_ports: 3, window: 1h }, { ${NETWORK}, action: alert }]`,
    );
    for (const port of [1, 2, 3]) made.sentry.handle(sightingOf({ address: '203.0.113.1', port }));
    fromNetwork(made, [2, 3]);
    assert.deepEqual(takeAll(made, 'distributed'), []);
    fromNetwork(made, [4]);
    assert.deepEqual(takeAll(made, 'distributed')[0]?.sources, ['203.0.113.2', '203.0.113.3', '203.0.113.4']);
  });
});

const SCAN = `mode: enforce\n${OFF}\nrules: [{ name: scan, distinct_ports: 4, window: 60s, block_for: 10m }]`;
const DECOYS = ['203.0.113.1', '198.51.100.7', '192.168.9.9', '203.0.113.9'];

/** nmap -D: each probe in the name of each of them. */
function amongDecoys(ports: readonly number[], names = DECOYS, atNs = 0): Sighting[] {
  return ports.flatMap((port, round) =>
    names.map((address, index) =>
      sightingOf({
        address,
        port,
        firstNs: index + 1,
        total: round + 1,
        atNs: atNs + round * 20e6 + index * 1000,
        traits: {
          sourcePort: 40_000,
          ipId: 100 + round,
          ttl: 50,
          tcp: { sequence: 5000 + round, window: 1024, headerBytes: 24 },
        },
      }),
    ),
  );
}

describe('a scan among decoys', () => {
  test('is one alert that names them all; nobody is blocked, and the rule says why', () => {
    const made = makeSentry(SCAN);
    for (const sighting of amongDecoys([1, 2, 3, 4, 5])) made.sentry.handle(sighting);
    const alerts = made.told.splice(0).filter((event) => event.event === 'alert');
    assert.deepEqual(
      alerts.map(({ source, action }) => [source, action]).toSorted(),
      DECOYS.map((source) => [source, 'guarded']).toSorted(),
    );
    for (const { objection } of alerts) assert.match(objection!, /names of others.*decoys/);
    made.sentry.lookAround(10e9);
    const [told, ...others] = takeAll(made, 'decoy');
    assert.deepEqual(others, []);
    assert.deepEqual(told?.sources.toSorted(), DECOYS.toSorted());
    assert.deepEqual([told?.probes, told?.ports], [5, '1-5/tcp']);
    assert.deepEqual([...made.blocks], []);
  });

  test('lets in again whom a rule of one probe has blocked before the others came', () => {
    const made = makeSentry(`mode: enforce\n${OFF}\nrules: [{ name: one, probes: 1, block_for: 10m }]`);
    for (const sighting of amongDecoys([22])) made.sentry.handle(sighting);
    assert.deepEqual([...made.blocks], []);
    assert.ok(made.take().some((line) => /is let in again/.test(line)));
  });

  test('undoes what the kernel has decided', () => {
    const made = makeSentry(
      `mode: enforce\n${OFF}\nrules: [{ name: one, instant: true, kinds: [syn], block_for: 10m }]`,
    );
    const sightings = amongDecoys([22]);
    for (const sighting of sightings) {
      made.dataPlane.blockInstantly(sighting.source, 0, undefined);
      made.sentry.handle({ ...sighting, instantBlock: { rule: 0, inForceNs: sighting.atNs } });
    }
    assert.deepEqual([...made.blocks], []);
    for (const { source } of sightings) assert.equal(made.dataPlane.readBlock(source), undefined);
  });

  test('hides its sender only as long as he hides: on his own he is blocked, and the others are not', () => {
    const made = makeSentry(SCAN);
    for (const sighting of amongDecoys([1, 2, 3, 4, 5])) made.sentry.handle(sighting);
    for (const sighting of amongDecoys(
      Array.from({ length: 16 }, (_, index) => 100 + index),
      DECOYS.slice(0, 1),
      10e9,
    ))
      made.sentry.handle({ ...sighting, total: 5 + sighting.total });
    assert.deepEqual(
      [...made.blocks].map(({ source }) => source),
      [DECOYS[0]],
    );
  });

  test('of two names only is told of, and both are blocked as anybody', () => {
    const made = makeSentry(SCAN);
    const names = DECOYS.slice(0, 2);
    for (const sighting of amongDecoys([1, 2, 3, 4, 5], names)) made.sentry.handle(sighting);
    assert.deepEqual([...made.blocks].map(({ source }) => source).toSorted(), names.toSorted());
    made.sentry.lookAround(10e9);
    const [told] = takeAll(made, 'decoy');
    assert.deepEqual([told?.sources.toSorted(), told?.spared], [names.toSorted(), false]);
  });

  test('hides nobody for ever: after so many probes the rules apply to all of them', () => {
    const made = makeSentry(SCAN);
    for (const sighting of amongDecoys([1, 2, 3, 4, 5])) made.sentry.handle(sighting);
    assert.deepEqual([...made.blocks], []);
    for (const sighting of amongDecoys([6, 7, 8, 9, 10], DECOYS, 1e9))
      made.sentry.handle({ ...sighting, total: decoyBounds.sparedProbes + sighting.total });
    assert.deepEqual([...made.blocks].map(({ source }) => source).toSorted(), DECOYS.toSorted());
  });

  test('hides nobody for longer who lets himself be blocked and sends the copies later: the data plane counts anew, the sentry does not', () => {
    const made = makeSentry(SCAN);
    const numbering = { firstNs: 1, total: 0 };
    let sent = 0;
    /** The same probe in all these names, as far as they get through. */
    const send = (names: readonly string[], sequence: number) => {
      for (const address of names) {
        if (made.blocks.has(prefix(address))) continue;
        const [sighting] = amongDecoys([1 + (sequence % 65_535)], [address], made.dataPlane.nowNs());
        const traits = {
          ...sighting!.traits!,
          tcp: { ...sighting!.traits!.tcp!, sequence: 1 + sequence },
        };
        if (address !== DECOYS[0]) {
          made.sentry.handle({ ...sighting!, traits, firstNs: 1, total: 1 });
          continue;
        }
        if (made.dataPlane.forgotten.splice(0).includes(address)) {
          numbering.firstNs = made.dataPlane.nowNs();
          numbering.total = 0;
        }
        numbering.total++;
        sent++;
        made.sentry.handle({ ...sighting!, traits, ...numbering });
      }
      made.dataPlane.advance(100_000);
    };
    let sequence = 0;
    let letIn = 0;
    for (let round = 0; round < 8; round++) {
      const others = [`198.18.1.${round}`, `198.19.1.${round}`];
      for (let count = 0; count < 1000; count++) send([DECOYS[0]!, ...others], sequence++);
      const first = sequence;
      while (!made.blocks.has(prefix(DECOYS[0]!))) send([DECOYS[0]!], sequence++);
      for (let late = first; late < sequence; late++) send(others, late);
      if (!made.blocks.has(prefix(DECOYS[0]!))) letIn++;
    }
    assert.ok(letIn >= 3, `it did get in again, ${letIn} times`);
    assert.ok(made.blocks.has(prefix(DECOYS[0]!)));
    assert.ok(sent > decoyBounds.sparedProbes && sent <= decoyBounds.sparedProbes + 4, `${sent}`);
  });

  test('does not protect against what cannot be forged', () => {
    const made = makeSentry(
      `mode: enforce\n${OFF}\nlisten: { tcp: 2323 }\nmonitor: { tcp: { except: 2323 } }\nrules: [{ name: trap, kinds: [connect], instant: true }]`,
    );
    for (const sighting of amongDecoys([1, 2, 3])) made.sentry.handle(sighting);
    made.sentry.handle(sightingOf({ address: DECOYS[0]!, kind: 'connect', port: 2323 }));
    assert.deepEqual(
      [...made.blocks].map(({ source }) => source),
      [DECOYS[0]],
    );
  });

  test('is not looked for where the policy does not want it', () => {
    const made = makeSentry(`${SCAN}\nguard: { decoys: false }`);
    for (const sighting of amongDecoys([1, 2, 3, 4, 5])) made.sentry.handle(sighting);
    made.sentry.lookAround(10e9);
    assert.deepEqual(takeAll(made, 'decoy'), []);
    assert.equal([...made.blocks].length, DECOYS.length);
  });

  test('leaves no decoy blocked, in whatever order its probes are told of', () => {
    const probes = amongDecoys([1, 2, 3, 4, 5, 6, 7, 8]);
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { minLength: probes.length, maxLength: probes.length }), (keys) => {
        const made = makeSentry(SCAN);
        const order = probes.map((_, index) => index).sort((a, b) => keys[a]! - keys[b]!);
        for (const index of order) made.sentry.handle(probes[index]!);
        assert.deepEqual(
          [...made.blocks].map(({ source }) => source),
          [],
        );
      }),
      { numRuns: 200 },
    );
  });
});

test('a campaign is told of, and blocks nobody', () => {
  const made = makeSentry('mode: enforce\ncampaign: { ports: 30, learn_hours: 0 }\nrules: []');
  for (let host = 1; host <= 40; host++)
    made.sentry.handle(sightingOf({ address: `${host}.0.0.1`, port: host, firstNs: host, atNs: host * 1e9 }));
  made.sentry.lookAround(120e9);
  const [told, ...others] = takeAll(made, 'campaign');
  assert.deepEqual(others, []);
  assert.deepEqual([told?.portCount, told?.usualPortCount, told?.sourceCount], [40, 0, 40]);
  assert.deepEqual([...made.blocks], []);
});
