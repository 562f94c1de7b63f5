import { CAUGHT, NOT_CAUGHT } from './controller.ts';
import { INNOCENT, PARSE_ONLY } from './cost.ts';
import { FAST_SCAN, NMAP_T4 } from './learn.ts';
import { BASELINE, BLOCKED, FLOOD, ONE } from './live.ts';
import type { Result } from './result.ts';
import { summarise } from './statistics.ts';

const MILLION = 1_000_000;

export type Verdict = 'pass' | 'MISS' | 'not measured';
export type Judged = {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly verdict: Verdict;
};

type Bar = {
  readonly what: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit: string;
  readonly measure: (find: Find) => number | undefined;
};

type Find = (wanted: Partial<Result>) => Result | undefined;

/** What the project has promised itself; ratios are those of one run. */
const bars: readonly Bar[] = ([4, 6] as const)
  .flatMap((family): Bar[] => {
    const cost = (tool: string, wanted: Partial<Result>) =>
      ({ part: 'cost', tool, family, ...wanted }) as const;
    const live = (tool: string, wanted: Partial<Result>) =>
      ({ part: 'live', tool, family, ...wanted }) as const;
    const during = (what: string) => ({ part: 'controller', tool: 'xdpsentry', family, what }) as const;
    const innocent = (blocks: number) => cost('xdpsentry', { what: INNOCENT, blocks });
    const ip = `IPv${family}`;
    return [
      {
        what: `${ip}: cost of an innocent packet with 1,000,000 blocks, over a program that only parses`,
        atMost: 1.5,
        unit: 'x',
        measure: (find) => ratio(find(innocent(MILLION)), find(cost(PARSE_ONLY, {}))),
      },
      {
        what: `${ip}: the same, over no blocks`,
        atMost: 1.3,
        unit: 'x',
        measure: (find) => ratio(find(innocent(MILLION)), find(innocent(0))),
      },
      {
        what: `${ip}: packets/s of one blocked source, over XDP_DROP`,
        atLeast: 0.9,
        unit: 'x',
        measure: (find) => ratio(find(live('xdpsentry', { what: ONE })), find(live(BASELINE, { what: ONE }))),
      },
      {
        what: `${ip}: packets/s of 1,000,000 blocked sources, over XDP_DROP`,
        atLeast: 0.9,
        unit: 'x',
        measure: (find) =>
          ratio(
            find(live('xdpsentry', { what: BLOCKED, blocks: MILLION })),
            find(live(BASELINE, { what: BLOCKED })),
          ),
      },
      {
        what: `${ip}: packets/s of a flood of probes, over XDP_DROP`,
        atLeast: 0.5,
        unit: 'x',
        measure: (find) =>
          ratio(find(live('xdpsentry', { what: FLOOD })), find(live(BASELINE, { what: FLOOD }))),
      },
      {
        what: `${ip}: CPU time of the controller under that flood`,
        atMost: 10,
        unit: '% of a core',
        measure: (find) => find(during('CPU time'))?.median,
      },
      {
        what: `${ip}: memory of the controller under that flood`,
        atMost: 200,
        unit: 'MB',
        measure: (find) => find(during('memory'))?.max,
      },
      {
        what: `${ip}: probes of a real scanner in that flood until it is caught`,
        atMost: NOT_CAUGHT - 1,
        unit: 'probes',
        measure: (find) => find(during(CAUGHT))?.median,
      },
      {
        what: `${ip}: loading a list of 1,000,000 addresses`,
        atMost: 3,
        unit: 's',
        measure: (find) => find({ part: 'lists', tool: 'xdpsentry', family, what: 'load' })?.median,
      },
    ];
  })
  .concat(
    [NMAP_T4, FAST_SCAN].map((what) => ({
      what: `ports that a scanner learns after the first: ${what}`,
      atMost: 0,
      unit: 'ports',
      measure: (find) => find({ part: 'learn', tool: 'xdpsentry', what })?.max,
    })),
  );

export function judge(results: readonly Result[]): Judged[] {
  const find: Find = (wanted) => results.find((result) => matches(result, wanted));
  return bars.map(({ what, atMost, atLeast, unit, measure }) => {
    const bar = atMost !== undefined ? `at most ${atMost} ${unit}` : `at least ${atLeast} ${unit}`;
    const value = measure(find);
    // Also what came of a division by nothing, or through JSON, which has no word for it: in no way a pass.
    if (value === undefined || !Number.isFinite(value))
      return { what, bar, measured: '', verdict: 'not measured' };
    const passes = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? 0);
    return {
      what,
      bar,
      measured: `${Number(value.toPrecision(3))} ${unit}`,
      verdict: passes ? 'pass' : 'MISS',
    };
  });
}

/** The median of the ratios of each round: what disturbs a round disturbs both. */
export function ratio(result: Result | undefined, over: Result | undefined): number | undefined {
  if (!result || !over) return undefined;
  if (result.samples.length !== over.samples.length) return result.median / over.median;
  return summarise(result.samples.map((sample, round) => sample / over.samples[round]!)).median;
}

function matches(result: Result, wanted: Partial<Result>): boolean {
  return Object.entries(wanted).every(([key, value]) => result[key as keyof Result] === value);
}
