import type { CampaignMemory } from '../detect/together/campaign.ts';
import type { PortTries } from '../detect/together/rarity.ts';
import type { Try } from '../detect/together/tries.ts';
import type { Sample } from '../detect/together/usual.ts';
import type { CampaignRow } from '../store/memory/rows.ts';
import { NS_PER_MS } from '../values/duration.ts';

/** A port takes 32 bits: 19 are its key, and 13 how often it was tried, in sixteenths. */
const KEY_STEP = 1 << 13;
const PRECISION = 16;
const MAX_KEY = 2 ** 19 - 1;

/** What is known of campaigns as the memory keeps it: times are told from the moment backwards, so that no clock moves them. */
export function campaignRow(memory: CampaignMemory, nowNs: number): CampaignRow {
  const ago = (atNs: number) =>
    atNs > Number.NEGATIVE_INFINITY ? Math.round((nowNs - atNs) / NS_PER_MS) : null;
  const { usual, ports, tries, caught, hourNs, told, unusualNs } = memory;
  const shares = ({ sum, variance }: Sample) => [sum, variance];
  const state = {
    usual: { all: usual.all.map(shares), rare: usual.rare.map(shares) },
    ports: Buffer.from(Uint32Array.from(ports, packed).buffer).toString('base64'),
    tries: tries.map((it) => [it.key, it.source, it.network, ago(it.atNs), it.rarity, ago(it.sinceNs)]),
    caught: caught.map(([source, atNs]) => [source, ago(atNs)]),
    hour: ago(hourNs),
    told: [ago(told.atNs), told.sources],
    unusual: ago(unusualNs),
  };
  return { atNs: nowNs, state: JSON.stringify(state) };
}

/** Undefined when it cannot be read: a disk has changed it. */
export function campaignMemory({ atNs, state }: CampaignRow): CampaignMemory | undefined {
  try {
    return memoryOf(JSON.parse(state) as Fields, atNs);
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Throws when it is not what was written. */
function memoryOf(state: Fields, nowNs: number): CampaignMemory {
  const at = (ago: unknown) => (ago === null ? Number.NEGATIVE_INFINITY : nowNs - numberOf(ago) * NS_PER_MS);
  const samples = (all: unknown): Sample[] =>
    listOf(all).map((one) => {
      const [sum, variance] = listOf(one);
      return { sum: within(sum, MAX_KEY), variance: within(variance, MAX_KEY) };
    });
  const usual = state['usual'] as Fields;
  const [toldAgo, toldSources] = listOf(state['told']);
  const bytes = Uint8Array.from(Buffer.from(textOf(state['ports']), 'base64'));
  return {
    usual: { all: samples(usual['all']), rare: samples(usual['rare']) },
    ports: [...new Uint32Array(bytes.buffer)].map(unpacked),
    tries: listOf(state['tries']).map((one): Try => {
      const [key, source, network, ago, rarity, since] = listOf(one);
      const names = { source: textOf(source), network: textOf(network) };
      return {
        key: within(key, MAX_KEY),
        ...names,
        atNs: at(ago),
        rarity: within(rarity, 1),
        sinceNs: at(since),
      };
    }),
    caught: listOf(state['caught']).map((one) => {
      const [source, ago] = listOf(one);
      return [textOf(source), at(ago)] as const;
    }),
    hourNs: at(state['hour']),
    told: { atNs: at(toldAgo), sources: numberOf(toldSources) },
    unusualNs: at(state['unusual']),
  };
}

const packed = ([key, tries]: PortTries): number =>
  key * KEY_STEP + Math.min(KEY_STEP - 1, Math.round(tries * PRECISION));

const unpacked = (word: number): PortTries => [Math.floor(word / KEY_STEP), (word % KEY_STEP) / PRECISION];

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('no list');
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('no number');
  return value;
}

function within(value: unknown, max: number): number {
  const number = numberOf(value);
  if (number < 0 || number > max) throw new RangeError('out of range');
  return number;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value;
}
