import { Lab } from '../lab/lab.ts';
import { Collection } from './collect.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';
import { bareDrop, barePass } from './tools/bare.ts';
import { ipsetInput, ipsetRaw, iptablesRules } from './tools/iptables.ts';
import { nftIngress, nftPrerouting } from './tools/nftables.ts';
import { sentryWith } from './tools/sentry.ts';
import type { SetUp, Tool } from './tools/tool.ts';
import { xdpFilter } from './tools/xdp-filter.ts';
import { oneSource, POOL, send, type Traffic, UNDISTURBED } from './traffic.ts';

const ROUNDS = Number(process.env['R'] ?? 5);
const SAMPLE_MS = 300;

type Row = {
  readonly tool: string;
  readonly what: string;
  readonly traffic: Traffic;
  readonly blocks: number;
  readonly setUp: SetUp;
};

const ENFORCE = sentryWith('mode: enforce\n');
const SWALLOW = sentryWith('mode: enforce\nprobes: drop\n');
const many = (family: 4 | 6, sources: number): Traffic => ({ family, sources, ports: 0, random: true });
const flood = (family: 4 | 6): Traffic => ({ family, sources: POOL[family], ports: 1024, random: true });

export const BASELINE = 'XDP_DROP';
export const ONE = 'one source';
export const BLOCKED = 'blocked sources';
export const FLOOD = 'probes of a flood';

/** The tool at each size of its table, with as many sources as it blocks or as there are. */
const sizes = (family: 4 | 6, tool: string, setUp: SetUp, counts: readonly number[]): Row[] =>
  counts.map((blocks) => {
    const traffic = blocks === 1 ? oneSource(family) : many(family, Math.min(blocks, POOL[family]));
    return { tool, what: blocks === 1 ? ONE : BLOCKED, traffic, blocks, setUp };
  });

/** Of IPv6 only the ends of the scale, and of the tools one of each kind: it is to show whether they differ. */
const rows: readonly Row[] = ([4, 6] as const).flatMap((family) => {
  const all = family === 4;
  const counts = all ? [1, 1000, 100_000, 1_000_000] : [1, 1_000_000];
  return [
    { tool: BASELINE, what: ONE, traffic: oneSource(family), blocks: 0, setUp: bareDrop },
    { tool: BASELINE, what: BLOCKED, traffic: many(family, POOL[family]), blocks: 0, setUp: bareDrop },
    { tool: BASELINE, what: FLOOD, traffic: flood(family), blocks: 0, setUp: bareDrop },
    { tool: 'XDP_PASS', what: ONE, traffic: oneSource(family), blocks: 0, setUp: barePass },
    ...sizes(family, 'xdpsentry', ENFORCE, counts),
    { tool: 'xdpsentry', what: FLOOD, traffic: flood(family), blocks: 0, setUp: SWALLOW },
    { tool: 'xdp-filter', what: ONE, traffic: oneSource(family), blocks: 1, setUp: xdpFilter },
    ...sizes(family, 'nftables ingress', nftIngress, counts),
    ...(all ? sizes(family, 'nftables prerouting', nftPrerouting, counts) : []),
    ...sizes(family, 'ipset raw', ipsetRaw, counts),
    ...(all ? sizes(family, 'ipset INPUT', ipsetInput, [1]) : []),
    { tool: 'iptables rules', what: ONE, traffic: oneSource(family), blocks: 1000, setUp: iptablesRules },
  ];
});

type Stage = { readonly row: Row; readonly lab: Lab; readonly tool: Tool };
type Sample = { readonly perSecond: number; readonly lost: number };

/** Packets per second through each tool, real frames on a veth; sender and receiver share one core. */
export const live: Part = {
  name: 'live',
  what: 'packets per second on a veth, sender and receiver on one core',
  async run(scene, say) {
    const stages: Stage[] = [];
    const collection = new Collection();
    for (const row of rows) {
      say(`${row.tool}, IPv${row.traffic.family}, ${row.what}, ${row.blocks} blocks`);
      await collection.attempt(identity(row), async () => {
        stages.push(await stage(scene, row));
      });
    }
    const samples = stages.map((): Sample[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, { row, lab, tool }] of stages.entries()) {
        say(`round ${round + 1} of ${ROUNDS}: ${row.tool}, IPv${row.traffic.family}, ${row.what}`);
        scene.check();
        samples[index]!.push(await sample(row, lab, tool));
      }
    }
    for (const [index, { row }] of stages.entries()) {
      const lost = samples[index]!.reduce((sum, sample) => sum + sample.lost, 0);
      const perSecond = samples[index]!.map((sample) => sample.perSecond);
      collection.add({ ...identity(row), unit: 'packets/s', lost }, perSecond);
    }
    return collection;
  },
};

async function stage(scene: Scene, row: Row): Promise<Stage> {
  const lab = await scene.own(Lab.create());
  const { blocks, traffic, setUp } = row;
  const tool = await setUp(lab, { family: traffic.family, blocks });
  return { row, lab, tool };
}

/** Counts what the tool has answered for. What it has not counts as lost, and as not handled. */
async function sample({ tool: name, traffic }: Row, lab: Lab, tool: Tool): Promise<Sample> {
  const before = await tool.handled();
  const { packets, timed, ns } = await send(lab, traffic, { forMs: SAMPLE_MS }, UNDISTURBED);
  const handled = (await tool.handled()) - before;
  if (!(handled > 0)) throw new Error(`${name} was sent ${packets} packets and counts ${handled}`);
  const share = Math.min(1, handled / packets); // neighbour discovery counts, too
  return { perSecond: ((timed * share) / ns) * 1e9, lost: Math.max(0, packets - handled) };
}

function identity({ tool, what, traffic, blocks }: Row) {
  return { part: 'live', tool, what, family: traffic.family, blocks } as const;
}
