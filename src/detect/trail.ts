import { type Port, portKey, portOf } from './port-key.ts';
import { type Mark, type Probe, type ProbeKind, probeKinds } from './probe.ts';
import { type ToolName, toolNames } from './tools/tool-name.ts';
import { NOTHING, noteKey, type Recent, withoutKey } from './window.ts';

/**
 * Targets of one source that are remembered, those it touched last: what a rule asks for within days has to be among them, or it is not
 * counted beyond this after a restart.
 */
export const MAX_TARGETS = 32;

/** Where a probe went, and what it looked like. */
export type Target = Pick<Probe, 'protocol' | 'port' | 'destination' | 'kind'> & {
  /** Whose mark a probe to it carried; absent: none. */
  readonly tool?: ToolName | undefined;
};

/** A target, and when the source touched it last: boot time in nanoseconds, less than 0 before this boot. */
export type Touch = Target & { readonly atNs: number };

/** All that is remembered of a source's probes. */
export type TrailFacts = {
  readonly firstNs: number;
  readonly lastNs: number;
  /** All of them, also those that were not told of. */
  readonly probes: number;
  /** It has completed a TCP handshake with a port of the sentry's own: nobody forges that. */
  readonly isProven: boolean;
  /** How far the data plane has numbered its probes, and since when; undefined: it begins anew. */
  readonly story: { readonly firstNs: number; readonly total: number } | undefined;
  /** What it touched until then has led to a block or another answer, or came while that lasted; -Infinity: nothing has. */
  readonly answeredNs: number;
  /** What it touched until then was forgiven: somebody, or something that speaks for the source, let it in again. -Infinity: never. */
  readonly pardonedNs: number;
  /** Distinct targets, the one that was touched longest ago first. */
  readonly touches: readonly Touch[];
};

/** Why evidence counts no more. */
export type Spent = 'answered' | 'pardoned';

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * A target as one number of 32 bits: the port and its protocol, the kind of probe, the tool, and which of the trail's hosts it is at. A full
 * trail takes some 600 bytes, and there are tens of thousands.
 */
const KIND_SHIFT = 19;
const TOOL_SHIFT = 23;
const HOST_SHIFT = 27;
const TOOL_MASK = 0xf << TOOL_SHIFT;
/** Of a target: what was probed, whatever with. */
const WHAT_MASK = ~((0xf << KIND_SHIFT) | TOOL_MASK);

const toolCode = (tool: ToolName | undefined): number =>
  tool === undefined ? 0 : (toolNames.indexOf(tool) + 1) << TOOL_SHIFT;
const hostOf = (code: number): number => code >>> HOST_SHIFT;
const kindOf = (code: number): ProbeKind => probeKinds[(code >> KIND_SHIFT) & 0xf]!;
const toolOf = (code: number): ToolName | undefined => toolNames[((code >> TOOL_SHIFT) & 0xf) - 1];
const portIn = (code: number): Port => portOf(code & ((1 << KIND_SHIFT) - 1));
const whatOf = (target: Port, host: number): number => ((host << HOST_SHIFT) | portKey(target)) >>> 0;

/** What one source has touched. */
export class Trail {
  #firstNs: number;
  #lastNs: number;
  #probes = 0;
  #isProven = false;
  #story: TrailFacts['story'];
  #answeredNs = NEVER;
  #pardonedNs = NEVER;
  /** Targets, and when each was touched last. */
  #touches: Recent = NOTHING;
  #hosts: readonly string[] = [];

  constructor(atNs: number) {
    this.#firstNs = atNs;
    this.#lastNs = atNs;
  }

  static of(facts: TrailFacts): Trail {
    const trail = new Trail(facts.firstNs);
    trail.#lastNs = facts.lastNs;
    trail.#probes = facts.probes;
    trail.#isProven = facts.isProven;
    trail.#story = facts.story;
    trail.#answeredNs = facts.answeredNs;
    trail.#pardonedNs = facts.pardonedNs;
    for (const touch of facts.touches) trail.#touch(touch, touch.atNs);
    return trail;
  }

  note(probe: Probe): void {
    const { atNs, firstNs, total } = probe;
    const isSameStory = this.#story?.firstNs === firstNs;
    const before = isSameStory ? this.#story!.total : 0;
    this.#probes += Math.max(0, total - before);
    if (!isSameStory || total > before) this.#story = { firstNs, total };
    this.#lastNs = Math.max(this.#lastNs, atNs);
    if (probe.kind === 'connect' && probe.protocol === 'tcp') this.#isProven = true;
    const { protocol, port, destination, kind, mark } = probe;
    this.#touch({ protocol, port, destination, kind, tool: mark?.tool }, atNs);
    if (mark) this.#markEarlier(mark);
  }

  /** What was touched until then counts no more. It stays known. */
  spend(untilNs: number, why: Spent): void {
    if (why === 'answered') this.#answeredNs = Math.max(this.#answeredNs, untilNs);
    else this.#pardonedNs = Math.max(this.#pardonedNs, untilNs);
  }

  get lastNs(): number {
    return this.#lastNs;
  }

  get hasSeveralTargets(): boolean {
    return hasSeveralTargets(this.facts);
  }

  /** Each target that is remembered was a completed handshake. */
  get isAllProven(): boolean {
    const codes = this.#codes;
    return (
      codes.length > 0 && codes.every((code) => kindOf(code) === 'connect' && portIn(code).protocol === 'tcp')
    );
  }

  get facts(): TrailFacts {
    return {
      firstNs: this.#firstNs,
      lastNs: this.#lastNs,
      probes: this.#probes,
      isProven: this.#isProven,
      story: this.#story,
      answeredNs: this.#answeredNs,
      pardonedNs: this.#pardonedNs,
      touches: this.#codes.map((code, at) => {
        const tool = toolOf(code);
        const target = { ...portIn(code), destination: this.#hosts[hostOf(code)]!, kind: kindOf(code) };
        return { ...target, ...(tool && { tool }), atNs: this.#touches[at * 2 + 1]! };
      }),
    };
  }

  get #codes(): number[] {
    return this.#touches.filter((_, at) => at % 2 === 0);
  }

  /**
   * A mark that two probes share is known with the second one: then the first has it, too. What carries none later is another target: it says
   * nothing of when the mark was seen last.
   */
  #markEarlier({ tool, also }: Mark): void {
    const host = also ? this.#hosts.indexOf(also.destination) : -1;
    if (!also || host < 0) return;
    const what = whatOf(also, host);
    const before = this.#touches;
    for (let at = 0; at < before.length; at += 2) {
      const code = before[at]!;
      if ((code & WHAT_MASK) >>> 0 !== what || toolOf(code)) continue;
      this.#touches = withoutKey(this.#touches, code);
      this.#touches = noteKey(this.#touches, (code | toolCode(tool)) >>> 0, before[at + 1]!, MAX_TARGETS);
    }
  }

  #touch({ kind, tool, destination, ...port }: Target, atNs: number): void {
    const code = whatOf(port, this.#placeOf(destination)) | (probeKinds.indexOf(kind) << KIND_SHIFT);
    this.#touches = noteKey(this.#touches, (code | toolCode(tool)) >>> 0, atNs, MAX_TARGETS);
  }

  /** Among the hosts; one that no target is at any more makes room for a new one. */
  #placeOf(destination: string): number {
    const known = this.#hosts.indexOf(destination);
    if (known >= 0) return known;
    if (this.#hosts.length === 0) {
      this.#hosts = alone(destination);
      return 0;
    }
    if (this.#touches.length >= MAX_TARGETS * 2) this.#touches = this.#touches.slice(2); // or there might be none
    const used = new Set(this.#codes.map(hostOf));
    let place = 0;
    while (used.has(place)) place++;
    const hosts = [...this.#hosts];
    hosts[place] = alone(destination)[0]!;
    this.#hosts = hosts;
    return place;
  }
}

/** Addresses of this host that came up last, each alone in a list: most sources touch one, and have the same list. */
const known = new Map<string, readonly string[]>();
const MAX_KNOWN = 4096;

function alone(destination: string): readonly string[] {
  let list = known.get(destination);
  if (!list) {
    if (known.size >= MAX_KNOWN) known.clear();
    list = [destination];
    known.set(destination, list);
  }
  return list;
}

const nameOf = ({ protocol, port, destination, kind, tool }: Target): string =>
  `${protocol} ${port} ${kind} ${destination} ${tool}`;

/** Whether anything but pings went to more than one target, whatever kinds of probe they were. */
export function hasSeveralTargets({ touches }: Pick<TrailFacts, 'touches'>): boolean {
  const [first, ...others] = touches.filter(({ kind }) => kind !== 'ping');
  return others.some(
    ({ port, protocol, destination }) =>
      port !== first!.port || protocol !== first!.protocol || destination !== first!.destination,
  );
}

/** Both together, of which one was written down before the other began. */
export function joined(earlier: TrailFacts, later: TrailFacts): TrailFacts {
  const latest = new Map<string, Touch>();
  for (const touch of [...earlier.touches, ...later.touches].sort((a, b) => a.atNs - b.atNs)) {
    const name = nameOf(touch);
    latest.delete(name);
    latest.set(name, touch);
  }
  const isOneStory = later.story !== undefined && earlier.story?.firstNs === later.story.firstNs;
  return {
    firstNs: Math.min(earlier.firstNs, later.firstNs),
    lastNs: Math.max(earlier.lastNs, later.lastNs),
    probes: earlier.probes + later.probes - (isOneStory ? Math.min(earlier.story!.total, later.probes) : 0),
    isProven: earlier.isProven || later.isProven,
    story: later.story ?? earlier.story,
    answeredNs: Math.max(earlier.answeredNs, later.answeredNs),
    pardonedNs: Math.max(earlier.pardonedNs, later.pardonedNs),
    touches: [...latest.values()].slice(-MAX_TARGETS),
  };
}
