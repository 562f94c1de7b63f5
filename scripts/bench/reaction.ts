import { Lab } from '../lab/lab.ts';
import { prepareScanners, SCAN_RATE, scan } from './answers.ts';
import { Collection } from './collect.ts';
import { parseHistogram, percentileBound } from './histogram.ts';
import { CONTROLLER, CONTROLLER_PORTS, INSTANT, withPortsentry, withSentry } from './hosts.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';
import { percentile } from './statistics.ts';
import { startBuilt } from './tools/sentry.ts';
import { send, type Traffic } from './traffic.ts';

const PERCENTS = [50, 99] as const;
const SCANNERS = 30;
/** A quarter of a second at SCAN_RATE. Who has not blocked by then counts with that time, though it is longer. */
const SCAN_PACKETS = 12_500;

type Watched = {
  readonly tool: string;
  readonly way: string;
  /** Probes from one source that decide. */
  readonly decides: number;
  readonly start: (scene: Scene) => Promise<Lab>;
};

const watched: readonly Watched[] = [
  { tool: 'xdpsentry', way: 'kernel', decides: 1, start: (scene) => withSentry(scene, INSTANT) },
  {
    tool: 'xdpsentry',
    way: 'controller',
    decides: CONTROLLER_PORTS,
    start: (scene) => withSentry(scene, CONTROLLER),
  },
  { tool: 'PortSentry 1.2', way: 'iptables rule', decides: 1, start: withPortsentry },
];

/** By the sentry's own histogram: many sources, at a rate that leaves the controller its breath. */
const own = [
  { way: 'kernel', yaml: INSTANT, sources: 1000, ports: 1, packetsPerSecond: 2000 },
  { way: 'controller', yaml: CONTROLLER, sources: 300, ports: 32, packetsPerSecond: 5000 },
] as const;

/**
 * Time from the deciding probe to the block. As the scanner sees it: packets that are still answered, at a rate that is known.
 * And as the sentry's metrics have it, which are finer.
 */
export const reaction: Part = {
  name: 'reaction',
  what: 'time from the deciding probe to the block',
  async run(scene, say) {
    const collection = new Collection();
    for (const { tool, way, decides, start } of watched) {
      say(`${tool}, ${way}`);
      const what = `${way}, as the scanner sees it`;
      await collection.attempt({ part: 'reaction', tool, what, family: 4 }, async () => {
        const lab = await start(scene);
        await prepareScanners(lab, SCANNERS);
        const samples: number[] = [];
        for (let nth = 0; nth < SCANNERS; nth++) {
          scene.check();
          const answered = await scan(lab, nth, SCAN_PACKETS);
          samples.push((answeredAfter(decides, answered) / SCAN_RATE) * 1e6);
        }
        for (const percent of PERCENTS) {
          const row = {
            part: 'reaction',
            tool,
            what: `${what}: p${percent}`,
            family: 4,
            unit: 'us',
          } as const;
          collection.add(row, [percentile(samples, percent)]);
        }
      });
    }
    for (const { way, yaml, sources, ports, packetsPerSecond } of own) {
      say(`xdpsentry, ${way}, by its metrics`);
      const lab = await scene.own(Lab.create());
      const sentry = await startBuilt(lab, yaml);
      const traffic: Traffic = { family: 4, sources, ports, random: false };
      await send(lab, traffic, { packets: sources * ports, packetsPerSecond });
      await sentry.waitForLine('the blocks', ({ event }) => event === 'blocked');
      const histogram = parseHistogram(await sentry.metrics(), 'xdpsentry_reaction_seconds');
      for (const percent of PERCENTS) {
        const what = `${way}, by its metrics: p${percent} at most`;
        const row = { part: 'reaction', tool: 'xdpsentry', what, family: 4, unit: 'us' } as const;
        collection.addBound(row, percentileBound(histogram, percent), 1e6);
      }
    }
    return collection;
  },
};

/** Probes up to the deciding one pass and are answered: fewer answers are no quick reaction, but a scan that did not take place. */
export function answeredAfter(decides: number, answered: number): number {
  if (answered >= decides) return answered - decides;
  throw new Error(`${answered} probes were answered where ${decides} decide: the scan was lost on its way`);
}
