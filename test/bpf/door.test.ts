import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootTimeNs } from 'bpf-loader-native';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { Random } from '../../scripts/packets/random.ts';
import { needs } from '../support/capability.ts';
import { kindNames } from '../support/sentry-object/names.ts';
import { type LoadOptions, type Run, SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const PLENTY = 1_000_000;
/** The coarse clock is behind by so much at most: a jiffy. */
const COARSE_NS = 10_000_000n;
/** As well as a visiting card knows the time: a tick of 2^20 ns, of a coarse clock. */
const CARD_NS = (1n << 20n) + COARSE_NS;
const PERIOD_BITS = 24n; // the door's budgets are for 2^24 ns
const SCANNER = '203.0.113.66';

/** A door that no new source gets through at its first probe, and every returning one does. */
function load(tunables: LoadOptions['tunables'] = {}): SentryObject {
  const sentry = SentryObject.load({
    tunables: {
      newSourcesMax: 0,
      recentSourcesMax: PLENTY,
      lastingSourcesMax: PLENTY,
      sourceChangesMax: PLENTY,
      ...tunables,
    },
  });
  for (const protocol of ['TCP', 'UDP'] as const) sentry.monitor(protocol, [1, 1000]);
  return sentry;
}

type Probe = { readonly src?: string; readonly dport?: number; readonly flags?: string };

const packetOf = ({ src = SCANNER, dport = 11, flags = '' }: Probe): Packet =>
  (src.includes(':') ? eth().ip6({ src }) : eth().ip4({ src })).tcp({ dport, flags });
const probe = (sentry: SentryObject, fields: Probe = {}): Run => sentry.run(packetOf(fields));

describe('the first probe of a source, when too many new ones come', { skip }, () => {
  it('is counted and passes as any; the source is not tracked, nothing is told, the loss is counted', () => {
    using sentry = load();
    assert.deepEqual(probe(sentry), {
      verdict: 'PASS',
      outcome: 'PASS_PROBE',
      probes: { 'TCP NULL': 1 },
      ports: { 'TCP 11': 1 },
      lost: { NEW_SOURCE: 1 },
      events: [],
    });
    assert.equal(sentry.sourceCount(), 0);
  });

  it('is swallowed where probes are', () => {
    using sentry = load({ swallowProbes: true });
    assert.equal(probe(sentry).outcome, 'DROP_PROBE');
    assert.equal(probe(sentry).outcome, 'DROP_PROBE');
  });

  it('of an ignored source is not even counted, of a guarded one it is', () => {
    using sentry = load();
    sentry.ignore('203.0.113.1');
    sentry.guard('203.0.113.2');
    const ignored = probe(sentry, { src: '203.0.113.1' });
    assert.deepEqual([ignored.outcome, ignored.lost], ['PASS_IGNORED', {}]);
    assert.deepEqual(probe(sentry, { src: '203.0.113.2' }).lost, { NEW_SOURCE: 1 });
  });
});

describe('the second probe', { skip }, () => {
  it('opens the door, and the first one counts: both ports, both kinds, and when it came', () => {
    using sentry = load();
    const before = bootTimeNs();
    probe(sentry, { dport: 11, flags: 'F' });
    const between = bootTimeNs();
    const run = probe(sentry, { dport: 12, flags: '' });
    assert.deepEqual([run.outcome, run.lost, run.events.length], ['PASS_PROBE', {}, 1]);
    const [event] = run.events;
    assert.deepEqual(
      [event!.probes, event!.portCount, event!.kinds, event!.kind],
      [2n, 2, ['FIN', 'NULL'], 'NULL'],
    );
    const source = sentry.source(SCANNER)!;
    assert.deepEqual(
      [source.probes, source.portCount, kindNames(source.kinds), source.firstNs],
      [2n, 2, ['FIN', 'NULL'], event!.firstNs],
    );
    assert.ok(event!.firstNs > before - CARD_NS && event!.firstNs < between + CARD_NS);
    assert.equal(source.lastNs, event!.tsNs);
  });

  it('the same probe twice is one port and one kind', () => {
    using sentry = load();
    probe(sentry);
    const [event] = probe(sentry).events;
    assert.deepEqual([event!.probes, event!.portCount, event!.kinds], [2n, 1, ['NULL']]);
  });

  it('TCP and UDP of one number are two ports', () => {
    using sentry = load();
    sentry.run(eth().ip4({ src: SCANNER }).udp({ dport: 11 }));
    const [event] = probe(sentry).events;
    assert.deepEqual([event!.portCount, event!.kinds], [2, ['NULL', 'UDP']]);
  });

  it('from then on the source is known and needs no door', () => {
    using sentry = load({ recentSourcesMax: 1, lastingSourcesMax: 1 });
    admit(sentry);
    for (const dport of [12, 13, 14]) {
      const run = probe(sentry, { dport });
      assert.deepEqual([run.lost, run.events.length], [{}, 1]);
    }
    assert.equal(sentry.source(SCANNER)?.portCount, 4);
  });

  it('once forgotten, a source comes to the door as any other', () => {
    using sentry = load();
    for (const dport of [11, 12, 13]) probe(sentry, { dport });
    sentry.forgetSources();
    const runs = [1, 2, 3].map((dport) => probe(sentry, { dport }));
    assert.ok(runs[2]!.events.length === 1 && runs[2]!.events[0]!.probes >= 3n);
    assert.deepEqual(runs[2]!.lost, {});
  });

  for (const { says, same, other } of [
    { says: 'IPv4 neighbours', same: '203.0.113.66', other: '203.0.113.67' },
    { says: 'two /64', same: '2001:db8:66::9', other: '2001:db8:67::1' },
    { says: 'two link-local neighbours', same: 'fe80::1', other: 'fe80::2' },
  ]) {
    it(`${says} do not open it for each other`, () => {
      using sentry = load();
      const src = says === 'two /64' ? '2001:db8:66::1' : same;
      assert.deepEqual(probe(sentry, { src }).lost, { NEW_SOURCE: 1 });
      assert.deepEqual(probe(sentry, { src: other }).lost, { NEW_SOURCE: 1 });
      assert.deepEqual(probe(sentry, { src: same }).lost, {});
      assert.deepEqual(probe(sentry, { src: other }).lost, {});
      assert.equal(sentry.sourceCount(), 2);
    });
  }

  it('the same bytes as IPv4 and as IPv6 are two sources', () => {
    using sentry = load();
    probe(sentry, { src: '32.1.13.184' });
    assert.deepEqual(probe(sentry, { src: '2001:db8::' }).lost, { NEW_SOURCE: 1 });
  });
});

describe('rules count the probe that came to the door', { skip }, () => {
  it('one of several probes', () => {
    using sentry = load({ ruleCount: 1 });
    sentry.rule({ rule: 4, ports: 2, windowTicks: 60_000 });
    probe(sentry, { dport: 1 });
    const [event] = probe(sentry, { dport: 2 }).events;
    assert.deepEqual([event!.rule, event!.blockedNs > 0n], [4, true]);
    assert.equal(probe(sentry, { dport: 3 }).outcome, 'DROP_BLOCKED');
  });

  it('one of several probes, when the first was of another kind', () => {
    using sentry = load({ ruleCount: 1 });
    sentry.rule({ ports: 2, kinds: { TCP: ['NULL'] } });
    probe(sentry, { dport: 1, flags: 'F' });
    assert.equal(probe(sentry, { dport: 2 }).events[0]!.rule, 0);
    assert.equal(probe(sentry, { dport: 3 }).events[0]!.rule, 1);
  });

  for (const [first, second] of [
    ['', 'F'],
    ['F', ''],
    ['F', 'F'],
  ] as const) {
    it(`an instant one for FIN, flags ‘${first}’ and then ‘${second}’`, () => {
      using sentry = load();
      sentry.instant('FIN', 3, 0n);
      assert.deepEqual(probe(sentry, { flags: first }).lost, { NEW_SOURCE: 1 });
      const [event] = probe(sentry, { flags: second }).events;
      assert.deepEqual([event!.rule, event!.blockedNs > 0n, event!.probes], [3, true, 2n]);
      assert.equal(probe(sentry).outcome, 'DROP_BLOCKED');
    });
  }

  it('two instant ones: the first in the order of the policy is named', () => {
    for (const [first, second] of [
      ['F', ''],
      ['', 'F'],
    ] as const) {
      using sentry = load();
      sentry.instant('FIN', 3, 0n);
      sentry.instant('NULL', 2, 0n);
      probe(sentry, { flags: first });
      assert.equal(probe(sentry, { flags: second }).events[0]!.rule, 2);
    }
  });

  it('a guarded source is not blocked for it', () => {
    using sentry = load();
    sentry.instant('FIN', 3, 0n);
    sentry.guard(SCANNER);
    probe(sentry, { flags: 'F' });
    assert.equal(probe(sentry, { flags: '' }).events[0]!.rule, 0);
    assert.equal(sentry.blockOf(SCANNER), undefined);
  });
});

describe('budgets of the door', { skip }, () => {
  it('returning sources have one, too: without any nobody is let in', () => {
    using sentry = load({ recentSourcesMax: 0, lastingSourcesMax: 0 });
    for (const dport of [1, 2, 3, 4]) {
      const run = probe(sentry, { dport });
      assert.deepEqual([run.outcome, run.lost, run.events], ['PASS_PROBE', { NEW_SOURCE: 1 }, []]);
    }
    assert.equal(sentry.sourceCount(), 0);
  });

  it('who returned when too many did is not forgotten: the first probe still counts', () => {
    inOnePeriod({ recentSourcesMax: 1, lastingSourcesMax: 1 }, (sentry) => {
      const [lucky, late] = ['203.0.113.1', '203.0.113.2'];
      const before = bootTimeNs();
      probe(sentry, { src: late, dport: 100 });
      const after = bootTimeNs();
      probe(sentry, { src: lucky });
      probe(sentry, { src: lucky }); // takes the only one
      const refused = probe(sentry, { src: late, dport: 200 });
      return () => {
        assert.deepEqual(refused.lost, { NEW_SOURCE: 1 });
        let run: Run;
        do run = probe(sentry, { src: late, dport: 300 });
        while (run.events.length === 0 && bootTimeNs() < after + 30_000_000_000n);
        const [event] = run.events;
        assert.equal(event!.portCount, 2, 'the first and the last; the one in between left no card');
        assert.ok(event!.firstNs > before - CARD_NS && event!.firstNs < after + CARD_NS);
      };
    });
  });

  it('so many new sources are tracked at their first probe, and no more in these four seconds', () => {
    inOnePeriod({ newSourcesMax: 3 }, (sentry) => {
      const runs = [1, 2, 3, 4, 5].map((last) => probe(sentry, { src: `203.0.113.${last}` }));
      return () => {
        assert.deepEqual(
          runs.map(({ lost, events }) => [lost, events.length]),
          [
            [{}, 1],
            [{}, 1],
            [{}, 1],
            [{ NEW_SOURCE: 1 }, 0],
            [{ NEW_SOURCE: 1 }, 0],
          ],
        );
        assert.equal(sentry.sourceCount(), 3);
      };
    });
  });

  it('of sources that ping a quarter as many are, and the others still have their room', () => {
    inOnePeriod({ newSourcesMax: 4 }, (sentry) => {
      sentry.monitor('ICMP', 8);
      const ping = (last: number) =>
        sentry.run(
          eth()
            .ip4({ src: `203.0.113.${last}` })
            .icmp(),
        );
      const pings = [1, 2].map(ping);
      const probes = [3, 4, 5].map((last) => probe(sentry, { src: `203.0.113.${last}` }));
      return () => {
        assert.deepEqual(
          pings.map(({ lost }) => lost),
          [{}, { NEW_SOURCE: 1 }],
        );
        assert.ok(probes.every(({ lost }) => Object.keys(lost).length === 0));
      };
    });
  });

  it('a ping leaves no card, and takes the place of nobody’s', () => {
    using sentry = load();
    sentry.monitor('ICMP', 8);
    const ping = (src: string) => sentry.run(eth().ip4({ src }).icmp());
    ping(SCANNER);
    assert.deepEqual(probe(sentry).lost, { NEW_SOURCE: 1 }, 'the ping is no first visit');
    ping(SCANNER);
    assert.deepEqual(probe(sentry).lost, {});
  });

  it('known sources take nothing from it', () => {
    inOnePeriod({ newSourcesMax: 2 }, (sentry) => {
      const runs = [1, 1, 1, 1, 2].map((last) => probe(sentry, { src: `203.0.113.${last}` }));
      return () => assert.ok(runs.every(({ lost }) => Object.keys(lost).length === 0));
    });
  });

  it('who comes again and again is let in, whatever became of the others’ budgets', () => {
    using sentry = load({ recentSourcesMax: 0, lastingSourcesMax: 0, persistentSourcesMax: 1 });
    // Twelve in one period: the first leaves the card, ten are refused. In a try that the clock divides there are fewer.
    for (let attempt = 0; attempt < 100 && sentry.sourceCount() === 0; attempt++)
      for (let dport = 1; dport <= 12; dport++) probe(sentry, { dport });
    assert.equal(sentry.sourceCount(), 1);
    assert.ok(sentry.source(SCANNER)!.probes >= 2n, 'the first and the last of them count');
    assert.equal(sentry.doorBudget('PERSISTENT').spent, 1);
  });

  it('ten refusals it takes, and no fewer', () => {
    inOnePeriod({ recentSourcesMax: 0, lastingSourcesMax: 0, persistentSourcesMax: PLENTY }, (sentry) => {
      const sources = [11, 1].map((times) => {
        sentry.repeat(packetOf({}), times);
        return sentry.source(SCANNER)?.probes;
      });
      return () => assert.deepEqual(sources, [undefined, 2n], 'the first, which left the card, and the last');
    });
  });

  it('of two that share a place the one who comes more often gets in', () => {
    using sentry = load({
      recentSourcesMax: 0,
      lastingSourcesMax: 0,
      persistentSourcesMax: PLENTY,
      placeMask: 0,
    });
    // Until the first is in: then the place is the other one's.
    for (let count = 0; count < 2000 && sentry.sourceCount() === 0; count++)
      for (const src of ['203.0.113.67', SCANNER, SCANNER]) probe(sentry, { src });
    assert.ok(sentry.source(SCANNER));
    assert.equal(sentry.sourceCount(), 1);
  });

  it('a place knows the last three that it let in; who was before them comes through the door again, and goes on', () => {
    using sentry = load({ recentSourcesMax: PLENTY, placeMask: 0 });
    const sources = [1, 2, 3, 4].map((last) => `203.0.113.${last}`);
    for (const src of sources) for (const dport of [1, 2]) probe(sentry, { src, dport });
    for (const src of sources.slice(1)) assert.deepEqual(probe(sentry, { src, dport: 3 }).lost, {});
    const src = sources[0]!;
    assert.deepEqual(probe(sentry, { src, dport: 3 }).lost, { NEW_SOURCE: 1 });
    const [event] = probe(sentry, { src, dport: 4 }).events;
    assert.deepEqual([event!.probes, event!.portCount], [4n, 4], 'with all that was known of it');
  });

  it('the next period has one of its own', () => {
    using sentry = load({ recentSourcesMax: 1, lastingSourcesMax: 0, persistentSourcesMax: 0 });
    const startNs = bootTimeNs();
    let number = 0;
    const isLetIn = () => {
      const src = `198.18.${number >> 8}.${number++ & 255}`;
      probe(sentry, { src });
      return probe(sentry, { src }).events.length > 0;
    };
    for (let tracked = 0; tracked < 3; ) if (isLetIn()) tracked++;
    assert.ok(bootTimeNs() - startNs > 1n << PERIOD_BITS);
    assert.equal(sentry.doorBudget('RECENT').spent, 1);
  });

  /**
   * Sends packets to a fresh program within one period: a try in which the clock comes between is done again. What `send`
   * returns is called then. The clock of the program is the coarse one, which nobody else can read and which lags as long as the
   * machine's ticks are late: only what fails three times on end is a failure.
   */
  function inOnePeriod(tunables: LoadOptions['tunables'], send: (sentry: SentryObject) => () => void): void {
    let failures = 0;
    for (let attempt = 0; attempt < 100; attempt++) {
      using sentry = load(tunables);
      warmUp(sentry);
      const period = nextPeriod();
      const check = send(sentry);
      if (bootTimeNs() >> PERIOD_BITS !== period) continue;
      try {
        check();
        return;
      } catch (error) {
        if (++failures === 3) throw error;
      }
    }
    throw new Error('this machine is too busy for tests of a budget per 17 ms');
  }

  /** So that the first packet of a test is not the first that runs through all this. */
  function warmUp(sentry: SentryObject): void {
    for (let index = 0; index < 3; index++) sentry.run(eth().ip4({ src: '192.0.2.1' }).tcp({ dport: 2000 }));
  }

  /** Waits until a period has begun, also by the coarse clock, and answers which. */
  function nextPeriod(): bigint {
    const next = (bootTimeNs() >> PERIOD_BITS) + 1n;
    while (bootTimeNs() < (next << PERIOD_BITS) + COARSE_NS);
    return next;
  }
});

describe('a flood of forged sources', { skip }, () => {
  const random = new Random(0xf1_00d);
  const frame = packetOf({}).build();
  /** One packet, from another source each time. */
  function* forged(count: number): Generator<Uint8Array> {
    const view = new DataView(frame.buffer, frame.byteOffset);
    for (let index = 0; index < count; index++) {
      view.setUint32(26, (0x0100_0000 + random.below(0xd000_0000)) >>> 0);
      yield frame;
    }
  }

  it('does not hide a scanner that comes with every hundredth packet', () => {
    using sentry = load({ filterSeed: 0x1234_5678 });
    let tracked = 0;
    for (let scanner = 0; scanner < 40; scanner++) {
      const src = `198.51.100.${scanner}`;
      for (let visit = 0; visit < 5; visit++) {
        sentry.flood(forged(100));
        sentry.flood([packetOf({ src, dport: 100 + visit }).build()]);
      }
      if (sentry.source(src)) tracked++;
    }
    // A hundred of 131,072 cards are new at each visit: one in a thousand has to come a third time.
    assert.ok(tracked >= 39, `${tracked} of 40`);
    assert.ok(sentry.sourceCount() <= tracked + 10, 'hardly any of 20,000 forged ones');
  });

  it('does not hide one that comes seldom: a card in 64 places stays', () => {
    using sentry = load({ filterSeed: 0x1234_5678 });
    const scanners = Array.from({ length: 50 }, (_, index) =>
      packetOf({ src: `198.51.100.${index}` }).build(),
    );
    sentry.flood(scanners);
    sentry.flood(forged(100_000));
    sentry.flood(scanners);
    const tracked = scanners.filter((_, index) => sentry.source(`198.51.100.${index}`)).length;
    // Of those whose recent card is gone (half of them), all but one in a hundred still have the lasting one.
    assert.ok(tracked >= 40, `${tracked} of 50`);
  });
});

/** Lets the scanner in, in one period or the next. */
function admit(sentry: SentryObject): void {
  for (let attempt = 0; attempt < 1000; attempt++) if (probe(sentry).events.length > 0) return;
  throw new Error('never let in');
}
