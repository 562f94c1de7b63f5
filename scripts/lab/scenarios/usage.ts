import { readdirSync, readFileSync } from 'node:fs';

/** What a process takes. */
export type Usage = { readonly rssKb: number; readonly descriptors: number };

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { rssKb, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** How many more descriptors a process keeps open: one that is open for a moment only is none of them. */
export function keptOpen(samples: readonly Usage[]): number {
  const tenth = Math.ceil(samples.length / 10);
  const least = (some: readonly Usage[]) => Math.min(...some.map(({ descriptors }) => descriptors));
  return least(samples.slice(-tenth)) - least(samples.slice(tenth, 2 * tenth));
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * How much a series of samples has grown, in percent: the median of its last third against that of its second third. The first third is
 * for what grows only once (heap of the compiler, tables that fill).
 */
export function growthPercent(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3);
  const [before, after] = [samples.slice(third, 2 * third), samples.slice(-third)].map(median);
  return (100 * (after! - before!)) / before!;
}
