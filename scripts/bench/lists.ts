import { join } from 'node:path';
import { Lab } from '../lab/lab.ts';
import { execute } from '../lab/process.ts';
import { blockList, writeLines } from './block-list.ts';
import { Collection } from './collect.ts';
import { parseHistogram, percentileBound } from './histogram.ts';
import { CONTROLLER, CONTROLLER_PORTS } from './hosts.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';
import { ipsetRaw } from './tools/iptables.ts';
import { nftIngress } from './tools/nftables.ts';
import { BUILT, socketOf, startBuilt } from './tools/sentry.ts';
import type { SetUp } from './tools/tool.ts';
import { type Amount, send, type Traffic } from './traffic.ts';

const ADDRESSES = 1_000_000;
const peers: readonly { readonly tool: string; readonly setUp: SetUp }[] = [
  { tool: 'nftables', setUp: nftIngress },
  { tool: 'ipset', setUp: ipsetRaw },
];

/** Sources that scan while the list is loaded, each with as many ports as the controller waits for. */
const scanners: Traffic = { family: 4, sources: 100, ports: CONTROLLER_PORTS, random: false };
const scans: Amount = { packets: 100 * CONTROLLER_PORTS, packetsPerSecond: 1000 };

/** How long it takes until a million addresses are blocked, by the clock of whoever waits for the command. */
export const lists: Part = {
  name: 'lists',
  what: 'a list of 1,000,000 addresses from a file into the table',
  async run(scene, say) {
    const collection = new Collection();
    for (const family of [4, 6] as const) {
      const common = { part: 'lists', family, blocks: ADDRESSES } as const;
      const ours = { ...common, tool: 'xdpsentry', what: 'load' };
      say(`xdpsentry, IPv${family}`);
      const { seconds, reactionSeconds } = await load(scene, family);
      collection.add({ ...ours, unit: 's' }, [seconds]);
      const what = 'longest reaction of the controller meanwhile, at most';
      collection.add({ ...ours, what, unit: 'ms' }, [reactionSeconds * 1000]);
      for (const { tool, setUp } of peers) {
        say(`${tool}, IPv${family}`);
        const lab = await scene.own(Lab.create());
        const beganMs = performance.now();
        await setUp(lab, { family, blocks: ADDRESSES });
        const seconds = (performance.now() - beganMs) / 1000;
        collection.add({ ...common, tool, what: 'load', unit: 's' }, [seconds]);
      }
    }
    return collection;
  },
};

async function load(scene: Scene, family: 4 | 6) {
  const lab = await scene.own(Lab.create());
  const sentry = await startBuilt(lab, CONTROLLER);
  const file = join(lab.directory, 'list.txt');
  writeLines(file, blockList(family, ADDRESSES, 1000)); // not those that scan
  const scanning = send(lab, scanners, scans);
  const beganMs = performance.now();
  const command = ['block', '--file', file, '--for', 'forever', '--json', '--socket', socketOf(lab)];
  await execute(BUILT, command);
  const seconds = (performance.now() - beganMs) / 1000;
  await scanning;
  await sentry.waitForLine('a block', ({ event }) => event === 'blocked');
  const histogram = parseHistogram(await sentry.metrics(), 'xdpsentry_reaction_seconds');
  return { seconds, reactionSeconds: percentileBound(histogram, 100) };
}
