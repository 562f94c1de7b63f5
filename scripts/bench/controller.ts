import { setTimeout } from 'node:timers/promises';
import { ask } from '../../src/control/client.ts';
import { addresses, Lab } from '../lab/lab.ts';
import type { LabSentry } from '../lab/sentry.ts';
import { Collection } from './collect.ts';
import type { Part } from './part.ts';
import { type Use, useOf } from './process-use.ts';
import type { Unit } from './result.ts';
import type { Scene } from './scene.ts';
import { socketOf, startBuilt } from './tools/sentry.ts';
import { introduce, POOL, send, stationOf, type Traffic } from './traffic.ts';

const FLOOD_MS = 10_000;
const SAMPLE_MS = 250;
/** To answer `status` the controller counts its tables: asked more often, that would be what is measured. */
const ASK_MS = 1000;
/** The scanner begins when the flood has been on for a while. */
const SCAN_AFTER_MS = 3_000;
const SCAN_PROBES = 200;
/** The controller may be behind when the flood ends. */
const CATCH_UP_MS = 5_000;
const CATCH_UP_LIMIT_MS = 30_000;
/** It has caught up when it takes hardly more of the CPU than an idle one does, for so long. */
const IDLE_MS = 1_000;
const IDLE_SHARE = 0.03;

/** All probes of the scan, if it is not. */
export const CAUGHT = `probes of ${SCAN_PROBES} until a real scanner was caught`;
export const NOT_CAUGHT = SCAN_PROBES;

const SWALLOW = 'mode: enforce\nprobes: drop\n';

const PORTS = 1024;
/** Floods, and what their rows say of them. */
const floods: readonly { readonly says: string; readonly traffic: Traffic }[] = [
  ...([4, 6] as const).map((family) => ({
    says: '',
    traffic: { family, sources: POOL[family], ports: PORTS, random: true },
  })),
  // Whoever looks at a source only when it comes again looks at all of these.
  {
    says: ', each forged source twice in a row',
    traffic: { family: 4, sources: POOL[4], ports: PORTS, random: false, inARow: 2 },
  },
];

/** What a flood of forged probes, as fast as one core can send them, makes of the controller; and whether it still does its work. */
export const controller: Part = {
  name: 'controller',
  what: 'the controller under a flood of probes from forged sources, with a real scanner among them',
  async run(scene, say) {
    const collection = new Collection();
    for (const { says, traffic } of floods) {
      say(`a flood over IPv${traffic.family}${says}, ${FLOOD_MS / 1000} s`);
      await flooded(scene, traffic, says, collection);
    }
    return collection;
  },
};

async function flooded(scene: Scene, traffic: Traffic, says: string, collection: Collection): Promise<void> {
  const { family } = traffic;
  const lab = await scene.own(Lab.create());
  // So that what the scanner's block keeps out are probes, and no questions for a neighbour.
  const address = family === 4 ? 'ipv4' : 'ipv6';
  await introduce(lab.scanner, addresses.sentry[address], await stationOf(lab.sentry));
  await introduce(lab.sentry, addresses.scanner[address], await stationOf(lab.scanner));
  const sentry = await startBuilt(lab, SWALLOW);
  const before = useOf(sentry.pid);
  const sending = send(lab, traffic, { forMs: FLOOD_MS });
  const scanning = setTimeout(SCAN_AFTER_MS).then(() => scanAmong(lab, family));
  const [watched] = await Promise.all([watch(lab, sentry, sending), scanning]);
  const { ns, timed } = await sending;
  const after = await useOfAllWork(sentry);
  const common = { part: 'controller', tool: 'xdpsentry', family } as const;
  const add = (what: string, unit: Unit, samples: readonly number[]) =>
    collection.add({ ...common, what: `${what}${says}`, unit }, samples);
  add('packets of the flood', 'packets/s', [(timed / ns) * 1e9]);
  add('CPU time', '% of a core', [((after.cpuSeconds - before.cpuSeconds) / (ns / 1e9)) * 100]);
  add('memory', 'MB', watched.memoryMb);
  add('time to answer `status`', 'ms', watched.answerMs);
  add(CAUGHT, 'probes', [await probesUntilCaught(lab, family)]);
}

/**
 * What the controller has used when it has caught up: work that it puts off until the flood is over is work of the flood. How long
 * that takes is no time of the flood, though, and must not thin out what it costs.
 */
async function useOfAllWork({ pid }: LabSentry): Promise<Use> {
  for (let use = useOf(pid), untilMs = performance.now() + CATCH_UP_LIMIT_MS; ; ) {
    await setTimeout(IDLE_MS);
    const later = useOf(pid);
    if (later.cpuSeconds - use.cpuSeconds <= IDLE_SHARE * (IDLE_MS / 1000)) return later;
    if (performance.now() > untilMs)
      throw new Error(`the controller is still at work ${CATCH_UP_LIMIT_MS / 1000} s after the flood`);
    use = later;
  }
}

/** Looks at the controller as long as the flood goes on. */
async function watch(lab: Lab, sentry: LabSentry, flood: Promise<unknown>) {
  const answerMs: number[] = [];
  const memoryMb: number[] = [];
  let isOver = false;
  const ended = flood.finally(() => {
    isOver = true;
  });
  const repeat = async (pauseMs: number, look: () => Promise<void> | void) => {
    while (!isOver) {
      await look();
      await Promise.race([ended, setTimeout(pauseMs)]);
    }
  };
  const asking = repeat(ASK_MS, async () => {
    const askedMs = performance.now();
    await ask(socketOf(lab), { command: 'status' });
    answerMs.push(performance.now() - askedMs);
  });
  const weighing = repeat(SAMPLE_MS, () => void memoryMb.push(useOf(sentry.pid).memoryMb)); // also while it does not answer
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
