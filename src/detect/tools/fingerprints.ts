import { Eldest } from '../../values/eldest.ts';
import type { Mark, Probe } from '../probe.ts';
import { areKeysReached, NOTHING, noteKey, type Recent } from '../window.ts';
import { DestinationKeys } from './destination-keys.ts';
import { Evidence, type Finding } from './evidence.ts';
import { hping3Sign, isNextOf } from './hping3.ts';
import { areApart, HABIT, type Look, type Sign, type TcpLook } from './mark.ts';
import { masscanSign } from './masscan.ts';
import { miraiSign } from './mirai.ts';
import { nmapSign } from './nmap.ts';
import type { ToolName } from './tool-name.ts';
import { unicornscanSign } from './unicornscan.ts';
import { zmapSign, zmapUdpSign } from './zmap.ts';

/** Addresses of this host of which something is learned. */
const MAX_DESTINATIONS = 1024;

/** nmap draws the TTL of each packet from 23 values (37 to 59, less the way). To one place a sender has one way, or two while a route changes. */
const TTLS = { distinct: 4, within: 23, windowNs: 1e9 } as const;

type SourceMarks = {
  readonly evidence: Evidence;
  /** The last packet, and the last before it that went elsewhere. */
  last: TcpLook | undefined;
  before: TcpLook | undefined;
  beforeNs: number;
  lastNs: number;
  /** As of hping3. */
  inRow: number;
  /** Of packets to that destination. */
  ttls: Recent;
  ttlsTo: string;
};

type Destination = { readonly address4: number | undefined; readonly keys: DestinationKeys };

/** What a probe has told, and what is known of its source with it. */
export type Recognition = {
  /** The mark that this probe carries beyond doubt. */
  readonly mark: Mark | undefined;
  readonly finding: Finding | undefined;
};

const NOTHING_FOUND: Recognition = { mark: undefined, finding: undefined };

/**
 * What sources scan with, as their headers give away. Pure, and of bounded memory: of `maxSources` sources and MAX_DESTINATIONS addresses, of which
 * the one unseen longest is forgotten.
 */
export class Fingerprints {
  readonly #maxSources: number;
  readonly #sources = new Map<string, SourceMarks>();
  readonly #eldestSource = new Eldest(this.#sources);
  readonly #destinations = new Map<string, Destination>();
  readonly #eldestDestination = new Eldest(this.#destinations);

  constructor(maxSources: number) {
    this.#maxSources = maxSources;
  }

  observe(probe: Probe): Recognition {
    if (!probe.traits) return NOTHING_FOUND;
    const marks = touch(this.#sources, probe.source, newMarks);
    if (this.#sources.size > this.#maxSources) this.#sources.delete(this.#eldestSource.next());
    const { evidence } = marks;
    evidence.look();
    const [tool, isShared] = this.#look(probe, marks);
    noteTtl(marks, probe);
    const isMarked = tool !== undefined && evidence.isSureOf(tool);
    return {
      mark: isMarked ? markOf(tool, isShared ? marks : undefined) : undefined,
      finding: evidence.finding,
    };
  }

  /** What the source scans with, as far as it is known. */
  find(source: string): Finding | undefined {
    return this.#sources.get(source)?.evidence.finding;
  }

  /** Sources remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  /** Destinations remembered now. */
  get destinations(): number {
    return this.#destinations.size;
  }

  /** The tool whose mark the packet has, and whether the one before shares it. */
  #look(probe: Probe, marks: SourceMarks): readonly [ToolName | undefined, boolean] {
    const { evidence } = marks;
    const destination = touch(this.#destinations, probe.destination, newDestination);
    if (this.#destinations.size > MAX_DESTINATIONS) this.#destinations.delete(this.#eldestDestination.next());
    const look = lookOf(probe, destination);
    if (!('sequence' in look)) {
      const isHit = probe.protocol === 'udp' && note(evidence, 'zmap', zmapUdpSign(look));
      return [isHit ? 'zmap' : undefined, false];
    }
    moveOn(marks, look, probe.atNs);
    const { before, inRow } = marks;
    for (const [tool, sign, isShared] of [
      ['mirai', miraiSign(look), false],
      ['masscan', masscanSign(look, destination.keys), false],
      ['zmap', zmapSign(look), false],
      ['nmap', nmapSign(look, before), true],
      ['unicornscan', unicornscanSign(look, before), true],
      ['hping3', hping3Sign(look, inRow), false],
    ] as const)
      if (note(evidence, tool, sign)) return [tool, isShared];
    return [undefined, false];
  }
}

/** True when it is a mark, and not only a habit. */
function note(evidence: Evidence, tool: ToolName, sign: Sign): boolean {
  if (sign === HABIT) evidence.guess(tool);
  else if (sign !== undefined) evidence.hit(tool, sign);
  return typeof sign === 'number';
}

function moveOn(marks: SourceMarks, look: TcpLook, atNs: number): void {
  const { last } = marks;
  if (last && areApart(look, last)) {
    marks.inRow = isNextOf(look, last) ? marks.inRow + 1 : 1;
    marks.before = last;
    marks.beforeNs = marks.lastNs;
  }
  marks.last = look;
  marks.lastNs = atNs;
}

function noteTtl(marks: SourceMarks, { destination, atNs, traits }: Probe): void {
  if (marks.ttlsTo !== destination) marks.ttls = NOTHING;
  marks.ttlsTo = destination;
  marks.ttls = noteKey(marks.ttls, traits!.ttl, atNs, TTLS.distinct);
  if (!areKeysReached(marks.ttls, TTLS.distinct, atNs, TTLS.windowNs)) return;
  const ttls = marks.ttls.filter((_, at) => at % 2 === 0);
  if (Math.max(...ttls) - Math.min(...ttls) < TTLS.within) marks.evidence.guess('nmap');
}

function markOf(tool: ToolName, shared: SourceMarks | undefined): Mark {
  if (!shared?.before) return { tool };
  const { destination, port } = shared.before;
  return { tool, also: { destination, protocol: 'tcp', port, atNs: shared.beforeNs } };
}

function lookOf({ kind, destination, port, traits }: Probe, { address4 }: Destination): Look | TcpLook {
  const { sourcePort, ipId, ttl, tcp } = traits!;
  const look: Look = { kind, destination, address4, port, sourcePort, ipId, ttl };
  return tcp ? { ...look, ...tcp } : look;
}

const newMarks = (): SourceMarks => ({
  evidence: new Evidence(),
  last: undefined,
  before: undefined,
  beforeNs: 0,
  lastNs: 0,
  inRow: 1,
  ttls: NOTHING,
  ttlsTo: '',
});

const newDestination = (address: string): Destination => ({
  address4: parseIpv4(address),
  keys: new DestinationKeys(),
});

/** The value of the key, now the one seen last. */
function touch<V>(map: Map<string, V>, key: string, make: (key: string) => V): V {
  const value = map.get(key) ?? make(key);
  map.delete(key);
  map.set(key, value);
  return value;
}

/** Of text that the data plane has written. */
function parseIpv4(text: string): number | undefined {
  if (text.includes(':')) return undefined;
  return text.split('.').reduce((address, part) => address * 256 + Number(part), 0);
}
