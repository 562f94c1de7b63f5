import { setTimeout } from 'node:timers/promises';
import { ask } from '../../src/control/client.ts';
import { addresses, Lab } from '../lab/lab.ts';
import type { LabSentry } from '../lab/sentry.ts';
import { Collection } from './collect.ts';
import type { Part } from './part.ts';
import { useOf } from './process-use.ts';
import type { Scene } from './scene.ts';
import { socketOf, startBuilt } from './tools/sentry.ts';
import { introduce, POOL, send, stationOf, type Traffic } from './traffic.ts';

const FLOOD_MS = 10_000;
const SAMPLE_MS = 250;
/** The scanner begins when the flood has been on for a while. */
const SCAN_AFTER_MS = 3_000;
const SCAN_PROBES = 200;
/** The controller may be behind when the flood ends. */
const CATCH_UP_MS = 5_000;

/** All probes of the scan, if it is not. */
export const CAUGHT = `probes of ${SCAN_PROBES} until a real scanner was caught`;
export const NOT_CAUGHT = SCAN_PROBES;

const SWALLOW = 'mode: enforce\nprobes: drop\n';

/** What a flood of forged probes, as fast as one core can send them, makes of the controller; and whether it still does its work. */
export const controller: Part = {
  name: 'controller',
  what: 'the controller under a flood of probes from forged sources, with a real scanner among them',
  async run(scene, say) {
    const collection = new Collection();
    for (const family of [4, 6] as const) {
      say(`a flood over IPv${family}, ${FLOOD_MS / 1000} s`);
      await flooded(scene, family, collection);
    }
    return collection;
  },
};

async function flooded(scene: Scene, family: 4 | 6, collection: Collection): Promise<void> {
  const lab = await scene.own(Lab.create());
  // So that what the scanner's block keeps out are probes, and no questions for a neighbour.
  const address = family === 4 ? 'ipv4' : 'ipv6';
  await introduce(lab.scanner, addresses.sentry[address], await stationOf(lab.sentry));
  await introduce(lab.sentry, addresses.scanner[address], await stationOf(lab.scanner));
  const sentry = await startBuilt(lab, SWALLOW);
  const traffic: Traffic = { family, sources: POOL[family], ports: 1024, random: true };
  const before = useOf(sentry.pid);
  const beganMs = performance.now();
  const sending = send(lab, traffic, { forMs: FLOOD_MS });
  const scanning = setTimeout(SCAN_AFTER_MS).then(() => scanAmong(lab, family));
  const [watched] = await Promise.all([watch(lab, sentry, sending), scanning]);
  const seconds = (performance.now() - beganMs) / 1000;
  const { ns, timed } = await sending;
  const after = useOf(sentry.pid);
  const common = { part: 'controller', tool: 'xdpsentry', family } as const;
  collection.add({ ...common, what: 'packets of the flood', unit: 'packets/s' }, [(timed / ns) * 1e9]);
  const cpu = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100;
  collection.add({ ...common, what: 'CPU time', unit: '% of a core' }, [cpu]);
  collection.add({ ...common, what: 'memory', unit: 'MB' }, watched.memoryMb);
  collection.add({ ...common, what: 'time to answer `status`', unit: 'ms' }, watched.answerMs);
  collection.add({ ...common, what: CAUGHT, unit: 'probes' }, [await probesUntilCaught(lab, family)]);
}

/** Looks at the controller as long as the flood goes on. */
async function watch(lab: Lab, sentry: LabSentry, flood: Promise<unknown>) {
  const answerMs: number[] = [];
  const memoryMb: number[] = [];
  let isOver = false;
  const ended = flood.finally(() => {
    isOver = true;
  });
  const repeat = async (look: () => Promise<void> | void) => {
    while (!isOver) {
      await look();
      await Promise.race([ended, setTimeout(SAMPLE_MS)]);
    }
  };
  const asking = repeat(async () => {
    const askedMs = performance.now();
    await ask(socketOf(lab), { command: 'status' });
    answerMs.push(performance.now() - askedMs);
  });
  const weighing = repeat(() => void memoryMb.push(useOf(sentry.pid).memoryMb)); // also while it does not answer
  await Promise.all([asking, weighing]);
  return { answerMs, memoryMb };
}

/** A real scan at a real scanner's pace; it gets no answer, so it need not wait for one. */
async function scanAmong({ scanner }: Lab, family: 4 | 6): Promise<void> {
  const { ipv4, ipv6 } = addresses.sentry;
  const pace = ['--max-rate', '100', '--max-retries', '0', '-p', `1-${SCAN_PROBES}`];
  const place = family === 4 ? [ipv4] : ['-6', ipv6];
  await scanner.execute('nmap', ['-n', '-Pn', '-sS', ...pace, ...place]);
}

/** Those that its block has not kept out; all of them when there is no block. The log does not tell: it sums up a flood of lines. */
async function probesUntilCaught(lab: Lab, family: 4 | 6): Promise<number> {
  const { ipv4, source6 } = addresses.scanner;
  const wanted = family === 4 ? ipv4 : source6;
  for (const untilMs = performance.now() + CATCH_UP_MS; ; await setTimeout(SAMPLE_MS)) {
    const blocks = await ask(socketOf(lab), { command: 'blocks' });
    const block = blocks.find(({ source }) => source === wanted);
    if (block) return Math.max(0, SCAN_PROBES - block.packets);
    if (performance.now() > untilMs) return SCAN_PROBES;
  }
}
