import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { LabSentry } from '../sentry.ts';
import { growthPercent, keptOpen, type Usage, usageOf } from './usage.ts';

const policy = (round: number) => `
mode: enforce
rules:
  - { name: scan, distinct_ports: ${3 + (round % 5)}, window: 1h, block_for: 1h }
ignore: [192.0.2.${round % 250}]
memory: { path: off }
`;

export type ReloadCounts = {
  readonly reloads: number;
  readonly msEach: number;
  /** Of the resident memory, between the second and the last third. */
  readonly growthPercent: number;
  readonly maxRssKb: number;
  /** More that are open in the end. */
  readonly descriptors: number;
};

/** So many reloads by SIGHUP, each with another policy. Throws when one fails. */
export async function reloads(lab: Lab, count: number): Promise<ReloadCounts> {
  const sentry = await LabSentry.start(lab, policy(0));
  const samples: Usage[] = [];
  const startMs = performance.now();
  for (let round = 1; round <= count; round++) {
    writeFileSync(join(lab.directory, 'xdpsentry.yaml'), policy(round));
    const before = sentry.logged;
    process.kill(sentry.pid, 'SIGHUP');
    await sentry.waitFor('the reload', () => sentry.logged > before);
    if (sentry.lastLine().event !== 'reloaded') throw new Error(JSON.stringify(sentry.lastLine()));
    samples.push(usageOf(sentry.pid));
  }
  const msEach = (performance.now() - startMs) / count;
  await sentry.stop();
  const rss = samples.map(({ rssKb }) => rssKb);
  return {
    reloads: count,
    msEach: Math.round(msEach),
    growthPercent: Number(growthPercent(rss).toFixed(1)),
    maxRssKb: Math.max(...rss),
    descriptors: keptOpen(samples),
  };
}
