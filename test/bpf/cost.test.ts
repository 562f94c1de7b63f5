import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ipv4Syn, ipv6Syn } from '../../scripts/bench/packets.ts';
import { BenchProgram, type Setting, type Traffic } from '../../scripts/bench/program.ts';
import { ruleBounds } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import { type LoadOptions, SentryObject } from '../support/sentry-object.ts';

/**
 * What the program may cost. No clock is compared with a number: nanoseconds only with those of other programs, taken in
 * turns in the same run, and of each the best of many short rounds, which no other process has come between.
 */
const skip = needs('bpf');

/**
 * The kernel refuses what its verifier has to walk more than 1,000,000 instructions for. On Linux 6.18 it walks 71,000 and
 * 93,000, which become 3,800 and 4,500 in the loaded program; half as many again is for other kernels, which prune less.
 * Who needs more has probably made it walk one loop once for each way that leads there.
 */
const budgets: readonly {
  readonly says: string;
  readonly tunables: NonNullable<LoadOptions['tunables']>;
  readonly walked: number;
  readonly loaded: number;
}[] = [
  { says: 'as it is by default', tunables: { skipForwarded: true }, walked: 106_000, loaded: 5700 },
  {
    says: 'with all that can be switched on',
    tunables: {
      ruleCount: ruleBounds.RULES_MAX,
      skipForwarded: true,
      skipOtherStations: true,
      spareServed: true,
      swallowProbes: true,
      tellIgnored: true,
    },
    walked: 140_000,
    loaded: 6800,
  },
];

describe('the size of the program', { skip }, () => {
  for (const { says, tunables, walked, loaded } of budgets) {
    it(`${says} is within its budget`, () => {
      using sentry = SentryObject.load({ tunables });
      const { instructions, verifiedInstructions } = sentry.stats;
      assert.ok(instructions > 1000 && instructions <= loaded, `${instructions} instructions, not ${loaded}`);
      assert.ok(verifiedInstructions <= walked, `${verifiedInstructions} walked, not ${walked}`);
    });
  }
});

const ROUNDS = 40;
/** One to six milliseconds: of forty such rounds, some go through without a break on the busiest machine. */
const PACKETS_A_ROUND = 20_000;
const MANY = 100_000;

describe('what an innocent packet costs', { skip }, () => {
  for (const family of [4, 6] as const) {
    it(`IPv${family}: little more than to parse it, and with ${MANY} blocks or listed ones far less than to look it up`, async () => {
      const usual: Setting = {
        program: 'sentry',
        family,
        blocks: 0,
        listed: false,
        shape: 'addresses',
        monitored: [],
      };
      using parse = await BenchProgram.make({ ...usual, program: 'parse' });
      using hash = await BenchProgram.make({ ...usual, program: 'hash', blocks: MANY });
      using sentry = await BenchProgram.make(usual);
      using blocking = await BenchProgram.make({ ...usual, blocks: MANY });
      using listing = await BenchProgram.make({ ...usual, blocks: MANY, listed: true });

      const packet = (family === 4 ? ipv4Syn : ipv6Syn)(40_000);
      const ns = bestOf(
        { parse, hash, sentry, blocking, listing },
        { packet, from: 'elsewhere', sources: undefined },
      );
      const figures = JSON.stringify(ns);
      // 1.5 here. One look-up in a table, even an empty one, is as much as all of this again.
      assert.ok(ns.sentry < 2.5 * ns.parse, `without blocks: ${figures}`);
      // A fifth and a quarter here, since nearly every packet ends at the filter; with a look-up for each it would be more than all.
      assert.ok(ns.blocking < ns.hash / 2, `with blocks: ${figures}`);
      assert.ok(ns.listing < ns.hash / 2, `with lists: ${figures}`);
    });
  }
});

/** Of each program the best round, in nanoseconds a packet. */
function bestOf<Name extends string>(
  programs: Record<Name, BenchProgram>,
  traffic: Traffic,
): Record<Name, number> {
  const best = {} as Record<Name, number>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, program] of Object.entries<BenchProgram>(programs) as [Name, BenchProgram][]) {
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, program.run(traffic, PACKETS_A_ROUND));
    }
  }
  return best;
}
