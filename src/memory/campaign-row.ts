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

/**
 * What is known of campaigns as the memory keeps it: times are told from the moment backwards, so that no clock moves them. Tries and sources
 * that were caught are columns, of text or of 32-bit words: a list for each took four times as long, and the sentry does nothing else meanwhile.
 */
export function campaignRow(memory: CampaignMemory, nowNs: number): CampaignRow {
  const ago = (atNs: number) =>
    atNs > Number.NEGATIVE_INFINITY ? Math.round((nowNs - atNs) / NS_PER_MS) : null;
  const agoMs = (atNs: number) => Math.min(2 ** 32 - 1, Math.max(0, Math.round((nowNs - atNs) / NS_PER_MS)));
  const { usual, ports, tries, caught, hourNs, told, unusualNs } = memory;
  const shares = ({ sum, variance }: Sample) => [sum, variance];
  const state = {
    usual: { all: usual.all.map(shares), rare: usual.rare.map(shares) },
    ports: textOf(packed(ports)),
    tries: {
      keys: textOf(words(tries, ({ key }) => key)),
      sources: tries.map(({ source }) => source).join(' '),
      networks: tries.map(({ network }) => network).join(' '),
      ago: textOf(words(tries, ({ atNs }) => agoMs(atNs))),
      rarities: textOf(filled(new Float32Array(tries.length), tries, ({ rarity }) => rarity)),
      since: textOf(words(tries, ({ sinceNs }) => agoMs(sinceNs))),
    },
    caught: {
      sources: caught.map(([source]) => source).join(' '),
      ago: textOf(words(caught, ([, atNs]) => agoMs(atNs))),
    },
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
  return {
    usual: { all: samples(usual['all']), rare: samples(usual['rare']) },
    ports: unpacked(wordsOf(state['ports'])),
    tries: triesOf(state['tries'] as Fields, nowNs),
    caught: caughtOf(state['caught'] as Fields, nowNs),
    hourNs: at(state['hour']),
    told: { atNs: at(toldAgo), sources: numberOf(toldSources) },
    unusualNs: at(state['unusual']),
  };
}

function triesOf(state: Fields, nowNs: number): Try[] {
  const keys = wordsOf(state['keys']);
  const { length } = keys;
  const [sources, networks] = [namesOf(state['sources'], length), namesOf(state['networks'], length)];
  const [ago, since] = [wordsOf(state['ago'], length), wordsOf(state['since'], length)];
  const rarities = sized(new Float32Array(bufferOf(state['rarities'])), length);
  return Array.from(keys, (key, at) => ({
    key: within(key, MAX_KEY),
    source: sources[at]!,
    network: networks[at]!,
    atNs: nowNs - ago[at]! * NS_PER_MS,
    rarity: within(rarities[at], 1),
    sinceNs: nowNs - since[at]! * NS_PER_MS,
  }));
}

function caughtOf(state: Fields, nowNs: number): (readonly [source: string, atNs: number])[] {
  const ago = wordsOf(state['ago']);
  const sources = namesOf(state['sources'], ago.length);
  return sources.map((source, at) => [source, nowNs - ago[at]! * NS_PER_MS] as const);
}

const packed = ({ keys, tries }: PortTries): Uint32Array =>
  keys.map((key, at) => key * KEY_STEP + Math.min(KEY_STEP - 1, Math.round(tries[at]! * PRECISION)));

const unpacked = (all: Uint32Array): PortTries => ({
  keys: all.map((word) => Math.floor(word / KEY_STEP)),
  tries: new Float32Array(all).map((_, at) => (all[at]! % KEY_STEP) / PRECISION),
});

const words = <Row>(rows: readonly Row[], wordOf: (row: Row) => number): Uint32Array =>
  filled(new Uint32Array(rows.length), rows, wordOf);

/** What the `from` of such arrays does, which takes a hundred times as long. */
function filled<Column extends Uint32Array | Float32Array, Row>(
  column: Column,
  rows: readonly Row[],
  of: (row: Row) => number,
): Column {
  for (let at = 0; at < rows.length; at++) column[at] = of(rows[at]!);
  return column;
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

const bufferOf = (value: unknown): ArrayBuffer =>
  Uint8Array.from(Buffer.from(stringOf(value), 'base64')).buffer;

function wordsOf(value: unknown, length?: number): Uint32Array {
  return sized(new Uint32Array(bufferOf(value)), length);
}

function namesOf(value: unknown, length: number): string[] {
  const text = stringOf(value);
  return sized(text === '' ? [] : text.split(' '), length);
}

function sized<Column extends { readonly length: number }>(column: Column, length = column.length): Column {
  if (column.length !== length) throw new RangeError('columns of several lengths');
  return column;
}

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

function stringOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value;
}
