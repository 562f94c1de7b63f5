import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { decoys, eventFlag } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import { type Run, SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const SCANNER = '203.0.113.66';
const DECOYS = ['203.0.113.1', '198.51.100.9', SCANNER, '192.0.2.77'] as const;
/** As few as are spared. */
const THREE = DECOYS.slice(0, 3);
const PAIR = DECOYS.slice(0, 2);

type Probe = {
  readonly src: string;
  readonly dport: number;
  readonly seq?: number;
  readonly flags?: string;
  readonly dst?: string;
  readonly sport?: number;
  readonly id?: number;
};

/** Another one in each test: what was sent in the one before is still known. */
let scan = 0;

/** As nmap sends it: one of the scan's sequence numbers, from one of its ports. */
const syn = (probe: Probe) => {
  const { src, dport, seq = (scan << 16) + dport, flags = 'S', dst = '192.0.2.1', id = dport } = probe;
  return eth()
    .ip4({ src, dst, id })
    .tcp({ sport: probe.sport ?? 50_001, dport, seq, flags });
};

const udp = (src: string, dport: number, id: number) => eth().ip4({ src, id }).udp({ sport: 50_001, dport });

/** `-` for a probe, `spared` for one of a source among decoys, `blocks` for the one that decides, or what became of it. */
function said({ outcome, events: [event] }: Run): string {
  if (outcome !== 'PASS_PROBE') return outcome;
  const words = [
    event!.flags & eventFlag.EVENT_DECOY ? 'spared' : '',
    event!.blockedNs > 0n ? 'blocks' : '',
  ].filter((word) => word !== '');
  return words.join(' ') || '-';
}

describe('decoys', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({
      tunables: { ruleCount: 1, sourceRepeatsMax: 10_000, sourceChangesMax: 10_000, eventsMax: 1_000_000 },
    });
    for (const protocol of ['TCP', 'UDP'] as const) sentry.monitor(protocol, [1, 1000]);
  });
  after(() => sentry?.close());
  beforeEach(() => {
    scan++;
    sentry.forgetSources();
    sentry.liftAll();
    sentry.noRules();
    sentry.rule({ ports: 3 });
  });

  const send = (...probes: Probe[]) => probes.map((probe) => said(sentry.run(syn(probe))));
  const sendAll = (sources: readonly string[], fields: Omit<Probe, 'src'>) =>
    send(...sources.map((src) => ({ src, ...fields })));
  /** The same, by many, without asking what became of each. */
  const floodAll = (sources: readonly string[], ports: number) => {
    const packets = Array.from({ length: ports }, (_, index) =>
      sources.map((src) => syn({ src, dport: index + 1 }).build()),
    ).flat();
    sentry.flood(packets);
  };
  /** How many probes of its own a source is spared for after that. */
  const sparedAlone = (src: string) => {
    const alone = Array.from({ length: 12 }, (_, index) => ({ src, dport: 500 + index, seq: 7 }));
    return send(...alone).indexOf('blocks');
  };

  it('without them, the third port blocks', () => {
    assert.deepEqual(
      send({ src: SCANNER, dport: 1 }, { src: SCANNER, dport: 2 }, { src: SCANNER, dport: 3 }),
      ['-', '-', 'blocks'],
    );
  });

  it('who sends the same as two others is not blocked, nor are they', () => {
    assert.deepEqual(sendAll(DECOYS, { dport: 1 }), ['-', '-', 'spared', 'spared']);
    for (let dport = 2; dport <= 20; dport++)
      assert.deepEqual(sendAll(DECOYS, { dport }), ['spared', 'spared', 'spared', 'spared'], `port ${dport}`);
    for (const src of DECOYS) assert.equal(sentry.blockOf(src), undefined, src);
  });

  it('nmap’s 128 decoys are, too: rules spare them all', () => {
    const many = Array.from({ length: 128 }, (_, index) => `198.18.0.${index}`);
    floodAll(many, 12);
    assert.deepEqual(
      many.filter((src) => sentry.blockOf(src)),
      [],
    );
  });

  it('two alone hide nobody: both are blocked, as each of them would be', () => {
    const runs = [1, 2, 3].map((dport) => sendAll(PAIR, { dport }));
    assert.deepEqual(runs, [
      ['-', '-'],
      ['-', '-'],
      ['blocks', 'blocks'],
    ]);
  });

  it('another one each time makes no set', () => {
    const runs = [1, 2, 3].map((dport) => sendAll([SCANNER, `198.18.1.${dport}`], { dport })[0]);
    assert.deepEqual(runs, ['-', '-', 'blocks']);
  });

  it('who scans on without them is blocked once they are less than half of it', () => {
    for (const dport of [1, 2]) sendAll(DECOYS, { dport });
    const alone = [3, 4, 5].map((dport) => ({ src: SCANNER, dport, seq: 7 }));
    assert.deepEqual(
      send(...alone),
      ['spared', 'spared', 'blocks'],
      'two of three, two of four, two of five',
    );
    assert.equal(sentry.blockOf(DECOYS[0]), undefined);
  });

  it('copies cannot be saved up: after a hundred of them nine probes alone are spared at most', () => {
    floodAll(DECOYS, 100);
    const spared = sparedAlone(SCANNER);
    assert.ok(spared > 0 && spared <= 9, `${spared}`);
  });

  for (const src of [DECOYS[0], DECOYS[1], DECOYS[3]]) {
    it(`a repetition is no copy: of those who sent it, ${src}`, () => {
      sendAll(DECOYS, { dport: 1 });
      const once = { src, dport: 1 };
      send(once, once, once);
      assert.deepEqual(send({ src, dport: 2, seq: 7 }, { src, dport: 3, seq: 7 }).at(-1), 'blocks');
    });
  }

  it('nobody is spared for more than so many probes', () => {
    for (const dport of [1, 2, 3]) sendAll(THREE, { dport });
    for (const src of THREE) sentry.setSource(src, { probes: BigInt(decoys.SPARED_PROBES - 1) });
    assert.deepEqual(sendAll(THREE, { dport: 4 }), ['spared', 'spared', 'spared']);
    assert.deepEqual(sendAll(THREE, { dport: 5 }), ['blocks', 'blocks', 'blocks']);
  });

  it('are not looked for where the policy does not want it', () => {
    using careless = SentryObject.load({ tunables: { ruleCount: 1, spareDecoys: false } });
    careless.monitor('TCP', [1, 1000]);
    careless.rule({ ports: 3 });
    const runs = [1, 2, 3].map((dport) => THREE.map((src) => said(careless.run(syn({ src, dport })))));
    assert.deepEqual(runs[2], ['blocks', 'blocks', 'blocks']);
  });

  const differences: readonly [string, Partial<Probe>][] = [
    ['sequence number', { seq: 99 }],
    ['port', { dport: 2 }],
    ['source port', { sport: 99 }],
    ['identification', { id: 99 }],
    ['address', { dst: '192.0.2.2' }],
    ['flags', { flags: 'F' }],
  ];
  for (const [what, other] of differences) {
    it(`another ${what}: no copy`, () => {
      const same = { dport: 1, seq: 5 };
      sendAll(PAIR, same);
      assert.deepEqual(send({ src: SCANNER, ...same, ...other }), ['-']);
      assert.equal(sentry.source(DECOYS[0])!.copies, 0);
    });
  }

  it('of UDP the IP identification tells, unless it is 0, which many send', () => {
    const set = (id: number) => THREE.map((src) => said(sentry.run(udp(src, 5, id))));
    assert.deepEqual(set(777), ['-', '-', 'spared']);
    sentry.forgetSources();
    assert.deepEqual(set(0), ['-', '-', '-']);
  });

  it('in IPv6, too', () => {
    const from = (src: string) => sentry.run(eth().ip6({ src }).tcp({ sport: 5, dport: 9, seq: 77 }));
    assert.deepEqual(
      ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:3::1'].map((src) => said(from(src))),
      ['-', '-', 'spared'],
    );
  });

  it('two addresses of one IPv6 source are no two sources', () => {
    const from = (src: string) => sentry.run(eth().ip6({ src }).tcp({ sport: 6, dport: 9, seq: 77 }));
    assert.deepEqual(
      ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:1::2', '2001:db8:2::2'].map((src) => said(from(src))),
      ['-', '-', '-', '-'],
    );
  });
});
