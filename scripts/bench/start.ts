import { join } from 'node:path';
import { Lab } from '../lab/lab.ts';
import { blockList, writeLines } from './block-list.ts';
import { Collection } from './collect.ts';
import { portsentryHost } from './hosts.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';
import { startBuilt } from './tools/sentry.ts';

const ROUNDS = 5;
const LISTED = 1_000_000;
const LISTED_ROUNDS = 2;
const LIST_PATIENCE_MS = 60_000;

/** From the start of the process to the first moment in which it watches. */
export const start: Part = {
  name: 'start',
  what: 'time from the start to the first packet that is watched',
  async run(scene, say) {
    const collection = new Collection();
    const common = { part: 'start', unit: 'ms' } as const;

    say('xdpsentry, empty policy');
    const lab = await scene.own(Lab.create());
    const empty = await repeat(ROUNDS, () => started(lab, ''));
    collection.add({ ...common, tool: 'xdpsentry', what: 'empty policy' }, empty);

    say('xdpsentry, with a list');
    const file = join(lab.directory, 'list.txt');
    writeLines(file, blockList(4, LISTED));
    const yaml = `mode: enforce\nlists:\n  - { name: bench, file: ${file} }\n`;
    const listed = { ...common, tool: 'xdpsentry', blocks: LISTED };
    const starts = await repeat(LISTED_ROUNDS, () => startedWithList(lab, yaml));
    const [watches, keepsOut] = [
      starts.map(({ watchesMs }) => watchesMs),
      starts.map(({ loadedMs }) => loadedMs),
    ];
    collection.add({ ...listed, what: 'with a list, until it watches' }, watches);
    collection.add({ ...listed, what: 'with a list, until the list is in force' }, keepsOut);

    say('PortSentry 1.2');
    const what = 'advanced stealth mode';
    await collection.attempt({ part: 'start', tool: 'PortSentry 1.2', what }, async () => {
      collection.add({ ...common, tool: 'PortSentry 1.2', what }, await repeat(2, () => portsentry(scene)));
    });
    return collection;
  },
};

async function started(lab: Lab, yaml: string): Promise<number> {
  const beganMs = performance.now();
  const sentry = await startBuilt(lab, yaml);
  const tookMs = performance.now() - beganMs;
  await sentry.stop();
  return tookMs;
}

/** It watches first, and reads the list meanwhile. */
async function startedWithList(lab: Lab, yaml: string): Promise<{ watchesMs: number; loadedMs: number }> {
  const beganMs = performance.now();
  const sentry = await startBuilt(lab, yaml);
  const watchesMs = performance.now() - beganMs;
  const loaded = await sentry.waitForLine(
    'the list',
    ({ event }) => event === 'list_loaded',
    LIST_PATIENCE_MS,
  );
  const loadedMs = performance.now() - beganMs;
  await sentry.stop();
  if (loaded['ipv4'] !== LISTED) throw new Error(`not the whole list is in force: ${JSON.stringify(loaded)}`);
  return { watchesMs, loadedMs };
}

async function portsentry(scene: Scene): Promise<number> {
  const host = await portsentryHost(scene);
  const beganMs = performance.now();
  await host.start(['atcp']);
  return performance.now() - beganMs;
}

async function repeat<T>(rounds: number, measure: () => Promise<T>): Promise<T[]> {
  const samples: T[] = [];
  for (let round = 0; round < rounds; round++) samples.push(await measure());
  return samples;
}
