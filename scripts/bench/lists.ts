import { join } from 'node:path';
import { Lab } from '../lab/lab.ts';
import { blockList, writeLines } from './block-list.ts';
import { Collection } from './collect.ts';
import { type Histogram, parseHistogram, percentileBound } from './histogram.ts';
import { CONTROLLER, CONTROLLER_PORTS } from './hosts.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';
import { prepareIpsetRaw } from './tools/iptables.ts';
import { prepareNftIngress } from './tools/nftables.ts';
import { assertInForce, blockFile, startBuilt } from './tools/sentry.ts';
import type { Prepare } from './tools/tool.ts';
import { type Amount, send, sourceAt, type Traffic } from './traffic.ts';

const ADDRESSES = 1_000_000;
const peers: readonly { readonly tool: string; readonly prepare: Prepare }[] = [
  { tool: 'nftables', prepare: prepareNftIngress },
  { tool: 'ipset', prepare: prepareIpsetRaw },
];

/** Sources that scan while the list is loaded, so many in one go, each with as many ports as the controller waits for. */
const SCANNERS_A_GO = 50;
const scanners: Traffic = { family: 4, sources: SCANNERS_A_GO, ports: CONTROLLER_PORTS, random: false };
const scans: Amount = { packets: SCANNERS_A_GO * CONTROLLER_PORTS, packetsPerSecond: 1000 };
/** The first so many of the pool scan, and are not on the list. It takes them minutes until they are through. */
const SPARED = 10_000;

const PERCENTS = [99, 100] as const;

/** How long it takes until a million addresses are blocked, by the clock of whoever waits for the command. */
export const lists: Part = {
  name: 'lists',
  what: 'a list of 1,000,000 addresses from a file into the table',
  async run(scene, say) {
    const collection = new Collection();
    for (const family of [4, 6] as const) {
      const common = { part: 'lists', family, blocks: ADDRESSES } as const;
      const ours = { ...common, tool: 'xdpsentry' };
      say(`xdpsentry, IPv${family}`);
      const { lab } = await host(scene);
      collection.add({ ...ours, what: 'load', unit: 's' }, [await load(lab, family)]);
      say(`xdpsentry, IPv${family}, under scans`);
      const { seconds, reactions } = await loadUnderScans(scene, family);
      collection.add({ ...ours, what: 'load, while 50 sources a second scan', unit: 's' }, [seconds]);
      for (const percent of PERCENTS) {
        const which = percent === 100 ? 'the longest' : `p${percent}`;
        const what = `reaction of the controller meanwhile: ${which} at most`;
        collection.addBound({ ...ours, what, unit: 'ms' }, percentileBound(reactions, percent), 1000);
      }
      for (const { tool, prepare } of peers) {
        say(`${tool}, IPv${family}`);
        const lab = await scene.own(Lab.create());
        const prepared = await prepare(lab, { family, blocks: ADDRESSES });
        const seconds = await secondsOf(() => prepared.load());
        collection.add({ ...common, tool, what: 'load', unit: 's' }, [seconds]);
      }
    }
    return collection;
  },
};

async function host(scene: Scene) {
  const lab = await scene.own(Lab.create());
  return { lab, sentry: await startBuilt(lab, CONTROLLER) };
}

/** Seconds until all of the list is in force. */
async function load(lab: Lab, family: 4 | 6): Promise<number> {
  const file = join(lab.directory, 'list.txt');
  writeLines(file, blockList(family, ADDRESSES, SPARED));
  let answer = '';
  const seconds = await secondsOf(async () => {
    answer = await blockFile(lab, file);
  });
  assertInForce(answer, ADDRESSES);
  return seconds;
}

/** Sources scan from before the load begins until it has ended, however long it takes. */
async function loadUnderScans(
  scene: Scene,
  family: 4 | 6,
): Promise<{ seconds: number; reactions: Histogram }> {
  const { lab, sentry } = await host(scene);
  let isLoaded = false;
  const scanning = (async () => {
    for (let nth = 0; !isLoaded; nth = (nth + SCANNERS_A_GO) % SPARED) {
      await send(lab, { ...scanners, source: sourceAt(4, nth) }, scans);
    }
  })();
  const loading = sentry
    .waitForLine('a block', ({ event }) => event === 'blocked')
    .then(() => load(lab, family))
    .finally(() => {
      isLoaded = true;
    });
  const [seconds] = await Promise.all([loading, scanning]);
  return { seconds, reactions: parseHistogram(await sentry.metrics(), 'xdpsentry_reaction_seconds') };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return (performance.now() - beganMs) / 1000;
}
