import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { bootTimeNs } from 'bpf-loader-native';
import fc from 'fast-check';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { areKeysReached, isCountReached, NOTHING, noteCount, noteKey } from '../../src/detect/window.ts';
import { origin, ruleBounds } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import type { KindName, ProtoName } from '../support/sentry-object/names.ts';
import type { RuleFields } from '../support/sentry-object/tables.ts';
import { type Run, SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const MINUTE_NS = 60_000_000_000n;
const PLENTY = 1_000_000;
const SCANNER = '203.0.113.66';
const { RULES_MAX, RULE_SLOTS, RULE_THRESHOLD, TICK_SHIFT } = ruleBounds;

type Probe = {
  readonly proto?: ProtoName;
  readonly flags?: string;
  readonly dport?: number;
  readonly src?: string;
};

function packetOf({ proto = 'TCP', flags = '', dport = 11, src = SCANNER }: Probe): Packet {
  const ip = src.includes(':') ? eth().ip6({ src }) : eth().ip4({ src });
  return proto === 'TCP' ? ip.tcp({ dport, flags }) : ip.udp({ dport });
}

/** With all rules there may be, nearly all of them empty, and no budget that events could exceed. */
function load(options: Parameters<typeof SentryObject.load>[0] = {}): SentryObject {
  const sentry = SentryObject.load({
    ...options,
    tunables: {
      ruleCount: RULES_MAX,
      sourceChangesMax: PLENTY,
      sourceRepeatsMax: PLENTY,
      ...options.tunables,
    },
  });
  for (const protocol of ['TCP', 'UDP'] as const) sentry.monitor(protocol, [1, 1000]);
  return sentry;
}

/** Number of the rule that the probe has fulfilled, 0 for none, or what happened else. */
function said({ outcome, events }: Run): number | string {
  if (outcome !== 'PASS_PROBE') return outcome;
  const [event] = events;
  assert.equal(events.length, 1);
  assert.equal(event!.blockedNs > 0n, event!.rule > 0, 'a rule is named with a block, and only then');
  return event!.rule;
}

describe('rules of several probes', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = load();
  });
  after(() => sentry?.close());
  beforeEach(() => {
    sentry.forgetSources();
    sentry.liftAll();
    sentry.noRules();
    for (const name of ['NULL', 'FIN', 'UDP'] as const) sentry.noInstant(name);
  });

  const send = (...probes: Probe[]) => probes.map((probe) => said(sentry.run(packetOf(probe))));
  const ports = (...numbers: number[]) => numbers.map((dport): Probe => ({ dport }));

  it('the probe that fulfils one is the last that passes', () => {
    sentry.rule({ ports: 3 });
    assert.deepEqual(send(...ports(11, 12, 13, 14)), [0, 0, 1, 'DROP_BLOCKED']);
    assert.equal(sentry.run(eth().ip4({ src: SCANNER }).icmp()).outcome, 'DROP_BLOCKED');
  });

  it('a port counts once, however often it is asked for', () => {
    sentry.rule({ ports: 3 });
    assert.deepEqual(send(...ports(11, 11, 12, 11, 12, 12, 13)), [0, 0, 0, 0, 0, 0, 1]);
  });

  it('one port of TCP and of UDP are two', () => {
    sentry.rule({ ports: 2 });
    assert.deepEqual(send({ proto: 'TCP' }, { proto: 'TCP' }, { proto: 'UDP' }), [0, 0, 1]);
  });

  it('the lowest and the highest port are ports like others', () => {
    sentry.monitor('TCP', 65_535);
    sentry.monitor('UDP', 65_535);
    sentry.rule({ ports: 4 });
    const all: Probe[] = [1, 65_535].flatMap((dport) => [
      { dport, proto: 'TCP' },
      { dport, proto: 'UDP' },
    ]);
    assert.deepEqual(send(...all), [0, 0, 0, 1]);
  });

  it('a kind that the rule does not ask for does not exist for it', () => {
    sentry.rule({ ports: 2, kinds: { TCP: ['FIN', 'XMAS'] } });
    assert.deepEqual(
      send(
        { dport: 1, flags: '' },
        { dport: 2, flags: 'F' },
        { dport: 3, flags: '' },
        { dport: 4, proto: 'UDP' },
        { dport: 5, flags: 'FPU' },
      ),
      [0, 0, 0, 0, 1],
    );
  });

  it('kinds are asked for by protocol', () => {
    sentry.rule({ ports: 2, kinds: { TCP: ['FRAGMENT'], UDP: ['UDP'] } });
    const fragment = (proto: ProtoName, dport: number) => {
      const ip = eth().ip4({ src: SCANNER, moreFragments: true });
      return said(sentry.run(proto === 'TCP' ? ip.tcp({ dport }).keep(8) : ip.udp({ dport }).keep(4)));
    };
    assert.equal(fragment('UDP', 1), 0);
    assert.equal(fragment('UDP', 2), 0);
    assert.equal(fragment('TCP', 3), 0);
    assert.deepEqual(send({ proto: 'UDP', dport: 4 }), [1]);
  });

  it('a number of probes, whatever they go to', () => {
    sentry.rule({ ports: 1, probes: 4 });
    assert.deepEqual(send(...ports(11, 11, 12, 11, 11)), [0, 0, 0, 1, 'DROP_BLOCKED']);
  });

  it('ports and probes: both have to be reached', () => {
    sentry.rule({ ports: 2, probes: 4 });
    assert.deepEqual(send(...ports(11, 11, 11, 11, 11, 12)), [0, 0, 0, 0, 0, 1]);
    sentry.liftAll();
    sentry.forgetSources();
    assert.deepEqual(send(...ports(11, 12, 11, 12)), [0, 0, 0, 1]);
  });

  it('thresholds may be as high as there are slots for', () => {
    sentry.rule({ ports: RULE_THRESHOLD, probes: RULE_THRESHOLD });
    const all = Array.from({ length: RULE_THRESHOLD }, (_, index) => 100 + index);
    assert.deepEqual(send(...ports(...all.slice(1), ...all)), [
      ...new Array<number>(RULE_THRESHOLD - 1).fill(0),
      1,
      ...new Array<string>(RULE_THRESHOLD - 1).fill('DROP_BLOCKED'),
    ]);
  });

  it('sources do not help one another', () => {
    sentry.rule({ ports: 2 });
    const from = (src: string, dport: number) => send({ src, dport })[0];
    assert.deepEqual([from('203.0.113.1', 1), from('203.0.113.2', 2), from('203.0.113.1', 1)], [0, 0, 0]);
    assert.equal(from('203.0.113.2', 3), 1);
    assert.equal(from('203.0.113.1', 9), 1);
  });

  it('of IPv6 the /64 is one source, and is blocked', () => {
    sentry.rule({ ports: 2 });
    assert.deepEqual(send({ src: '2001:db8::1', dport: 1 }, { src: '2001:db8::2', dport: 2 }), [0, 1]);
    assert.equal(sentry.blockOf('2001:db8::/64')?.rule, 1);
    assert.deepEqual(send({ src: '2001:db8::3' }, { src: '2001:db8:0:1::3' }), ['DROP_BLOCKED', 0]);
  });

  it('the block is the rule’s, for its duration', () => {
    sentry.rule({ rule: 7, ports: 2, durationNs: MINUTE_NS });
    send(...ports(1));
    const run = sentry.run(packetOf({ dport: 2 }));
    const [event] = run.events;
    assert.deepEqual(sentry.blockOf(SCANNER), {
      addedNs: event!.tsNs,
      expiresNs: event!.tsNs + MINUTE_NS,
      lastSeenNs: 0n,
      packets: 0n,
      bytes: 0n,
      rule: 7,
      origin: origin.LOCAL,
    });
    assert.deepEqual([event!.rule, event!.probes, event!.portCount], [7, 2n, 2]);
    assert.ok(event!.blockedNs >= event!.tsNs && event!.blockedNs <= bootTimeNs());
  });

  it('without a duration it holds until it is lifted; what led to it is spent', () => {
    sentry.rule({ ports: 2 });
    send(...ports(1, 2));
    assert.equal(sentry.blockOf(SCANNER)?.expiresNs, 0n);
    sentry.lift(SCANNER);
    assert.deepEqual(send(...ports(3, 4)), [0, 1]);
  });

  it('a guarded source is counted and told of, not blocked', () => {
    sentry.rule({ ports: 2 });
    sentry.guard(SCANNER);
    assert.deepEqual(send(...ports(1, 2, 3)), [0, 0, 0]);
    assert.equal(sentry.source(SCANNER)?.probes, 3n);
    sentry.unlist(SCANNER);
    assert.deepEqual(send(...ports(4)), [1], 'what it did is not forgotten');
  });

  it('an ignored source is not even counted', () => {
    sentry.rule({ ports: 2 });
    sentry.ignore(SCANNER);
    assert.deepEqual(send(...ports(1, 2, 3)), ['PASS_IGNORED', 'PASS_IGNORED', 'PASS_IGNORED']);
    sentry.unlist(SCANNER);
    assert.deepEqual(send(...ports(1, 2)), [0, 1]);
  });

  describe('several rules', () => {
    it('the first in the order of the policy is named', () => {
      sentry.rule({ rule: 3, ports: 2, durationNs: MINUTE_NS });
      sentry.rule({ rule: 5, ports: 1, probes: 2 });
      assert.deepEqual(send(...ports(1, 2)), [0, 3]);
      assert.notEqual(sentry.blockOf(SCANNER)?.expiresNs, 0n);
    });

    it('the one that is fulfilled is named, wherever it stands', () => {
      sentry.rule({ ports: 5 });
      sentry.rule({ ports: 1, probes: 3 });
      assert.deepEqual(send(...ports(1, 1, 1)), [0, 0, 2]);
    });

    it('each remembers for itself', () => {
      sentry.rule({ ports: 2, kinds: { UDP: ['UDP'] } });
      sentry.rule({ ports: 2, kinds: { TCP: ['FIN'] } });
      assert.deepEqual(
        send(
          { proto: 'UDP', dport: 1 },
          { flags: 'F', dport: 2 },
          { flags: '', dport: 3 },
          { flags: 'F', dport: 4 },
        ),
        [0, 0, 0, 2],
      );
    });

    it('all slots may be taken, and none is another’s', () => {
      // Each has four slots and a kind of its own: what fulfils one must not change another.
      const flags = {
        FIN: 'F',
        NULL: '',
        XMAS: 'FPU',
        MAIMON: 'FA',
        ODD: 'SF',
        ODD_REPLY: 'SFA',
        ACK: 'A',
        SYN: 'S',
      };
      const names = Object.keys(flags) as (keyof typeof flags)[];
      assert.equal(names.length * 4, RULE_SLOTS);
      for (const name of names) sentry.rule({ ports: 2, probes: 2, kinds: { TCP: [name] } });
      for (const [index, name] of names.entries()) {
        for (const [other, it] of names.entries())
          assert.deepEqual(send({ flags: flags[it], dport: 100 + other }), [0], it);
        assert.deepEqual(send({ flags: flags[name], dport: 200 + index }), [index + 1], name);
        sentry.liftAll(); // and what led to the block is spent
      }
    });

    for (const { instant, several, says } of [
      { instant: 1, several: 2, says: 1 },
      { instant: 2, several: 1, says: 1 },
    ]) {
      it(`an instant rule with number ${instant}, and one of several probes with ${several}: ${says} is named`, () => {
        sentry.rule({ rule: several, ports: 2 });
        assert.deepEqual(send({ flags: '', dport: 1 }), [0]);
        sentry.instant('FIN', instant, 0n);
        assert.deepEqual(send({ flags: 'F', dport: 2 }), [says]);
      });
    }

    it('an instant rule decides where the other is not fulfilled', () => {
      sentry.rule({ rule: 1, ports: 3 });
      sentry.instant('FIN', 2, 0n);
      assert.deepEqual(send({ flags: '', dport: 1 }, { flags: 'F', dport: 2 }), [0, 2]);
    });
  });

  describe('a window', () => {
    const tickNow = () => Number((bootTimeNs() >> BigInt(TICK_SHIFT)) & 0xffff_ffffn);

    /**
     * What a probe brings about whose time is known: `prepare` is told the tick. The clock goes on meanwhile: a try
     * in which the packet came in another tick is done again.
     */
    function atTick(probe: Probe, prepare: (tick: number) => void): number | string {
      for (let attempt = 0; attempt < 5000; attempt++) {
        const tick = tickNow();
        sentry.liftAll();
        prepare(tick);
        const run = sentry.run(packetOf(probe));
        if (Number((run.events[0]!.tsNs >> BigInt(TICK_SHIFT)) & 0xffff_ffffn) === tick) return said(run);
      }
      throw new Error('this machine is too busy for a test within one millisecond');
    }

    /** As if the source had asked for these ports so many ticks before. */
    const seen = (tick: number, ...ages: readonly number[]) => {
      const padded = (values: number[]) => [
        ...values,
        ...new Array<number>(RULE_SLOTS - values.length).fill(0),
      ];
      sentry.setSource(SCANNER, {
        firstNs: 1n,
        slotKey: padded(ages.map((_, index) => 2 + 100 + index)),
        slotTick: padded(ages.map((age) => (tick - age) >>> 0)),
      });
    };

    for (const { window, ages, fulfils } of [
      { window: 1000, ages: [0, 0, 999], fulfils: true },
      { window: 1000, ages: [1000, 5, 0], fulfils: true },
      { window: 1000, ages: [1001, 5, 0], fulfils: false },
      { window: 1000, ages: [0, 5, 1001], fulfils: false },
      { window: 1, ages: [1, 1, 1], fulfils: true },
      { window: 1, ages: [2, 1, 1], fulfils: false },
      { window: 0xffff_ffff, ages: [0x7fff_ffff, 1, 0], fulfils: true },
      { window: 0, ages: [0x7fff_ffff, 0x1234_5678, 0], fulfils: true },
    ]) {
      it(`of ${window || 'no'} ticks, ports asked for ${ages.join(', ')} ticks before: ${fulfils ? 'enough' : 'not enough'}`, () => {
        sentry.rule({ ports: 4, windowTicks: window });
        assert.equal(
          atTick({ dport: 11 }, (tick) => seen(tick, ...ages)),
          fulfils ? 1 : 0,
        );
      });
    }

    for (const beyond of [0, 1]) {
      it(`goes on over the wrap of the clock: ${beyond ? 'one tick more than it' : 'it'} to before the wrap`, () => {
        const window = tickNow() + 100_000;
        sentry.rule({ ports: 2, windowTicks: window });
        const age = window + beyond;
        assert.equal(
          atTick({ dport: 11 }, (tick) => {
            assert.ok(age > tick, 'before the wrap');
            seen(tick, age);
          }),
          beyond ? 0 : 1,
        );
      });
    }

    it('an old port is the one that is forgotten, whatever its slot', () => {
      sentry.rule({ ports: 3, windowTicks: 1000 });
      for (const ages of [
        [5000, 10, 20],
        [10, 5000, 20],
        [20, 10, 5000],
      ]) {
        assert.equal(
          atTick({ dport: 11 }, (tick) => seen(tick, ...ages)),
          1,
          ages.join(),
        );
      }
    });

    it('a port that is asked for again is as new as any', () => {
      sentry.rule({ ports: 2, windowTicks: 1000 });
      assert.equal(
        atTick({ dport: 100 }, (tick) => seen(tick, 5000, 10)),
        1,
      );
      assert.equal(
        atTick({ dport: 101 }, (tick) => seen(tick, 5000, 10)),
        0,
      );
    });
  });

  it('decides as the controller’s windows do, whatever comes', () => {
    const kinds = fc.constantFrom<RuleFields['kinds']>(
      undefined,
      { TCP: ['NULL'] },
      { UDP: ['UDP'], TCP: ['FIN'] },
    );
    const rule = fc.record({
      ports: fc.integer({ min: 1, max: 4 }),
      probes: fc.integer({ min: 0, max: 6 }),
      windowTicks: fc.constantFrom(0, 1_000, 100_000),
      kinds,
    });
    const probe = fc.record({
      pause: fc.constantFrom(0, 0, 0, 300, 700, 40_000),
      dport: fc.integer({ min: 1, max: 6 }),
      what: fc.constantFrom<{ proto: ProtoName; flags: string; kind: KindName }>(
        { proto: 'TCP', flags: '', kind: 'NULL' },
        { proto: 'TCP', flags: 'F', kind: 'FIN' },
        { proto: 'UDP', flags: '', kind: 'UDP' },
      ),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 3 }),
        fc.array(probe, { minLength: 1, maxLength: 40 }),
        (rules, probes) => {
          sentry.forgetSources();
          sentry.liftAll();
          sentry.noRules();
          for (const fields of rules) sentry.rule(fields as RuleFields);
          const models = rules.map((fields) => new Model(fields as RuleFields));
          let ahead = 0; // of the clock, in ticks
          for (const { pause, dport, what } of probes) {
            ahead += pause;
            if (sentry.source(SCANNER)) sentry.age(SCANNER, pause);
            const run = sentry.run(packetOf({ ...what, dport }));
            const tick = Number(run.events[0]!.tsNs >> BigInt(TICK_SHIFT)) + ahead;
            const fulfilled = models.map((model) => model.observe({ ...what, dport }, tick));
            assert.equal(said(run), fulfilled.indexOf(true) + 1);
            if (fulfilled.includes(true)) for (const model of models) model.spend();
            sentry.liftAll();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** A rule as src/detect/rule-state.ts has it, in ticks. */
class Model {
  readonly #rule: RuleFields;
  readonly #window: number;
  #ports = NOTHING;
  #probes = NOTHING;

  constructor(rule: RuleFields) {
    this.#rule = rule;
    this.#window = rule.windowTicks || Number.POSITIVE_INFINITY;
  }

  /** A rule has blocked the source. */
  spend(): void {
    this.#ports = NOTHING;
    this.#probes = NOTHING;
  }

  observe(probe: { proto: ProtoName; dport: number; kind: KindName }, tick: number): boolean {
    const { kinds, ports } = this.#rule;
    const probes = Math.max(ports, this.#rule.probes ?? 0);
    if (kinds && !kinds[probe.proto]?.includes(probe.kind)) return false;
    const key = probe.dport + (probe.proto === 'UDP' ? 2 ** 16 : 0);
    this.#ports = noteKey(this.#ports, key, tick, ports);
    this.#probes = noteCount(this.#probes, 1, tick, probes, this.#window);
    return (
      areKeysReached(this.#ports, ports, tick, this.#window) &&
      isCountReached(this.#probes, probes, tick, this.#window)
    );
  }
}

describe('rules of several probes at their limits', { skip }, () => {
  const run = (sentry: SentryObject, ...ports: number[]) =>
    ports.map((dport) => sentry.run(packetOf({ dport })));

  it('as many rules are asked as the program was loaded for', () => {
    using sentry = load({ tunables: { ruleCount: 1 } });
    sentry.rule({ ports: 5 });
    sentry.rule({ ports: 2 });
    assert.deepEqual(run(sentry, 1, 2, 3, 4, 5).map(said), [0, 0, 0, 0, 1]);
  });

  it('without any, nobody is blocked and nothing remembered', () => {
    using sentry = load({ tunables: { ruleCount: 0 } });
    sentry.rule({ ports: 2 });
    assert.deepEqual(run(sentry, 1, 2, 3).map(said), [0, 0, 0]);
    assert.ok(sentry.source(SCANNER)!.slotKey.every((key) => key === 0));
  });

  it('the event of a block is owed whatever the budgets say', () => {
    using sentry = load({ tunables: { sourceChangesMax: 0, sourceRepeatsMax: 0, eventsMax: 0 } });
    sentry.rule({ rule: 4, ports: 2 });
    const [first, second] = run(sentry, 1, 2);
    assert.deepEqual([first!.lost, first!.events.length], [{ SOURCE_BUDGET: 1 }, 0]);
    assert.deepEqual([second!.lost, said(second!)], [{}, 4]);
  });

  it('a full block table is a loss that is counted, and the event tells of no block', () => {
    using sentry = load({ capacities: { blocks: 1 } });
    sentry.rule({ ports: 2 });
    sentry.block('192.0.2.99');
    const [, second, third] = run(sentry, 1, 2, 2);
    for (const it of [second!, third!]) assert.deepEqual([said(it), it.lost], [0, { BLOCK_TABLE_FULL: 1 }]);
    sentry.lift('192.0.2.99');
    assert.deepEqual(run(sentry, 2, 3).map(said), [1, 'DROP_BLOCKED']);
  });

  it('swallowed probes count as well', () => {
    using sentry = load({ tunables: { swallowProbes: true } });
    sentry.rule({ ports: 2 });
    assert.deepEqual(
      run(sentry, 1, 2, 3).map(({ outcome }) => outcome),
      ['DROP_PROBE', 'DROP_PROBE', 'DROP_BLOCKED'],
    );
  });
});
