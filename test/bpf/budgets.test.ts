import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootTimeNs } from 'bpf-loader-native';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { type LoadOptions, type Run, SentryObject } from '../support/sentry-object.ts';

const SECOND_BITS = 30n; // a budget's second has 2^30 ns
const PLENTY = 1_000_000;
const secondNow = () => bootTimeNs() >> SECOND_BITS;

/**
 * Sends packets to a fresh program within one second of the budgets: a try in which the clock comes between is done again.
 */
function inOneSecond(tunables: LoadOptions['tunables'], send: (sentry: SentryObject) => Run[]): Run[] {
  for (let attempt = 0; attempt < 20; attempt++) {
    using sentry = SentryObject.load({ tunables: tunables ?? {} });
    sentry.monitor('TCP', [1, 1000]);
    sentry.monitor('ICMP', 8);
    const second = secondNow();
    const runs = send(sentry);
    if (secondNow() === second) return runs;
  }
  throw new Error('this machine is too busy for tests of a budget per second');
}

const probe = (dport = 11) => eth().ip4().tcp({ dport, flags: '' });
const repeat = (sentry: SentryObject, times: number) =>
  Array.from({ length: times }, () => sentry.run(probe()));
/** Numbers, from 1, of the probes that were told of. */
const toldOf = (runs: readonly Run[]) =>
  runs.flatMap((run, index) => (run.events.length > 0 ? [index + 1] : []));
const losses = (runs: readonly Run[]) =>
  runs.flatMap((run, index) => Object.keys(run.lost).map((name) => `${index + 1} ${name}`));

describe('budgets of events', { skip: needs('bpf') }, () => {
  it('without a limit each probe is told of', () => {
    const runs = inOneSecond({ sourceRepeatsMax: PLENTY, sourceChangesMax: PLENTY }, (sentry) =>
      repeat(sentry, 40),
    );
    assert.equal(toldOf(runs).length, 40);
    assert.deepEqual(losses(runs), []);
  });

  it('repetitions have an end; doubled counts are changes and go on', () => {
    const runs = inOneSecond({ sourceRepeatsMax: 6 }, (sentry) => repeat(sentry, 40));
    assert.deepEqual(toldOf(runs), [1, 2, 3, 4, 5, 6, 8, 16, 32]);
    assert.equal(losses(runs).length, 40 - 9);
    assert.ok(losses(runs).every((loss) => loss.endsWith(' SOURCE_BUDGET')));
  });

  it('no repetitions at all: the first probe and each doubling', () => {
    const runs = inOneSecond({ sourceRepeatsMax: 0 }, (sentry) => repeat(sentry, 20));
    assert.deepEqual(toldOf(runs), [1, 2, 4, 8, 16]);
  });

  it('a new port and a new kind are changes', () => {
    const runs = inOneSecond({ sourceRepeatsMax: 0 }, (sentry) => [
      ...repeat(sentry, 5), // told: 1, 2, 4
      sentry.run(probe(12)), // 6: a new port
      sentry.run(probe(12)), // 7: nothing new
      sentry.run(eth().ip4().tcp({ dport: 11, flags: 'F' })), // 8
      sentry.run(eth().ip4().tcp({ dport: 11, flags: 'FPU' })), // 9: a new kind
      sentry.run(eth().ip4().tcp({ dport: 12, flags: 'FPU' })), // 10: port and kind are known
    ]);
    assert.deepEqual(toldOf(runs), [1, 2, 4, 6, 8, 9]);
    assert.deepEqual(losses(runs), [
      '3 SOURCE_BUDGET',
      '5 SOURCE_BUDGET',
      '7 SOURCE_BUDGET',
      '10 SOURCE_BUDGET',
    ]);
  });

  it('changes have an end, too', () => {
    const runs = inOneSecond({ sourceChangesMax: 5 }, (sentry) =>
      Array.from({ length: 9 }, (_, index) => sentry.run(probe(100 + index))),
    );
    assert.deepEqual(toldOf(runs), [1, 2, 3, 4, 5]);
    assert.deepEqual(
      losses(runs),
      [6, 7, 8, 9].map((index) => `${index} SOURCE_BUDGET`),
    );
  });

  it('what is not told is counted all the same', () => {
    const runs = inOneSecond({ sourceChangesMax: 0, sourceRepeatsMax: 0 }, (sentry) => repeat(sentry, 3));
    assert.deepEqual(toldOf(runs), []);
    for (const run of runs) {
      assert.deepEqual(
        [run.outcome, run.probes, run.ports],
        ['PASS_PROBE', { 'TCP NULL': 1 }, { 'TCP 11': 1 }],
      );
    }
  });

  it('one source’s budget is not another’s', () => {
    const runs = inOneSecond({ sourceChangesMax: 1, sourceRepeatsMax: 1 }, (sentry) =>
      ['203.0.113.1', '203.0.113.1', '203.0.113.2', '203.0.113.2'].map((src) =>
        sentry.run(eth().ip4({ src }).tcp({ flags: '' })),
      ),
    );
    assert.deepEqual(toldOf(runs), [1, 3]);
  });

  /** A probe of one source after the other, `count` of them. */
  const flood = (sentry: SentryObject, count: number) =>
    Array.from({ length: count }, (_, index) =>
      sentry.run(
        eth()
          .ip4({ src: `203.0.113.${index}` })
          .tcp({ flags: '' }),
      ),
    );

  it('first probes of ever new sources may use half of the budget', () => {
    const runs = inOneSecond({ eventsMax: 8 }, (sentry) => flood(sentry, 12));
    assert.deepEqual(toldOf(runs), [1, 2, 3, 4]);
    assert.deepEqual(
      losses(runs),
      [5, 6, 7, 8, 9, 10, 11, 12].map((index) => `${index} GLOBAL_BUDGET`),
    );
  });

  it('a flood of forged sources does not hide one that goes on', () => {
    const runs = inOneSecond({ eventsMax: 8 }, (sentry) => {
      flood(sentry, 100);
      return [11, 12, 13, 14, 15].map((dport) =>
        sentry.run(eth().ip4({ src: '198.51.100.66' }).tcp({ dport })),
      );
    });
    assert.deepEqual(toldOf(runs), [2, 3, 4, 5], 'its first probe is lost among the others, and no more');
  });

  it('pings may use an eighth of the budget, and hide nobody’s first probe', () => {
    const runs = inOneSecond({ eventsMax: 16, sourceRepeatsMax: PLENTY }, (sentry) => {
      const pings = [1, 2, 3, 4].flatMap((last) =>
        [1, 2].map(() =>
          sentry.run(
            eth()
              .ip4({ src: `203.0.113.${last}` })
              .icmp(),
          ),
        ),
      );
      return [...pings, ...[11, 12].map((dport) => sentry.run(eth().ip4().tcp({ dport })))];
    });
    assert.deepEqual(toldOf(runs), [1, 2, 9, 10]);
    assert.deepEqual(
      losses(runs),
      [3, 4, 5, 6, 7, 8].map((index) => `${index} GLOBAL_BUDGET`),
    );
  });

  it('there is one budget for all sources together', () => {
    const runs = inOneSecond({ eventsMax: 8 }, (sentry) =>
      [11, 12].flatMap((dport) =>
        Array.from({ length: 6 }, (_, index) =>
          sentry.run(
            eth()
              .ip4({ src: `203.0.113.${index}` })
              .tcp({ dport, flags: '' }),
          ),
        ),
      ),
    );
    assert.deepEqual(toldOf(runs), [1, 2, 3, 4, 7, 8, 9, 10]);
    assert.deepEqual(
      losses(runs),
      [5, 6, 11, 12].map((index) => `${index} GLOBAL_BUDGET`),
    );
  });

  it('repetitions may use half of the budget', () => {
    const runs = inOneSecond({ eventsMax: 12, sourceRepeatsMax: PLENTY }, (sentry) => repeat(sentry, 33));
    assert.deepEqual(toldOf(runs), [1, 2, 3, 4, 5, 6, 8, 16, 32]);
    assert.ok(losses(runs).every((loss) => loss.endsWith(' GLOBAL_BUDGET')));
  });

  it('events and losses add up to probes, and the events of a second stay within the budget', () => {
    const limit = 4;
    using sentry = SentryObject.load({ tunables: { eventsMax: limit } });
    sentry.monitor('TCP', 11);
    const runs = Array.from({ length: 20 }, (_, index) =>
      sentry.run(
        eth()
          .ip4({ src: `198.18.${index >> 8}.${index & 255}` })
          .tcp({ flags: '' }),
      ),
    );
    assert.ok(sentry.eventBudget().sent <= limit);
    assert.equal(toldOf(runs).length + losses(runs).length, runs.length);
  });

  it('the next second has a budget of its own', () => {
    using sentry = SentryObject.load({
      tunables: { sourceChangesMax: 1, sourceRepeatsMax: 1, eventsMax: 2 },
    });
    sentry.monitor('TCP', 11);
    const start = secondNow();
    const [first] = repeat(sentry, 1);
    assert.equal(first!.events.length, 1);
    // Repeat until told of again, which can only be in another second.
    let run: Run;
    do run = sentry.run(probe());
    while (run.events.length === 0 && secondNow() < start + 5n);
    assert.equal(run.events.length, 1);
    assert.ok(secondNow() > start);
  });
});
