import type { Mark, Probe } from './probe.ts';
import type { ToolName } from './tools/tool-name.ts';

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
  /** Distinct targets, the one that was touched longest ago first. */
  readonly touches: readonly Touch[];
};

/** The targets that were made last: many sources go to the same ones, and have the same object for them. */
const known = new Map<string, Target>();
const MAX_KNOWN = 4096;

/** What one source has touched. There may be tens of thousands, most with one target: so arrays are no longer than they must be. */
export class Trail {
  #firstNs: number;
  #lastNs: number;
  #probes = 0;
  #isProven = false;
  #story: TrailFacts['story'];
  /** Touched at the time that stands at the same place of `#atNs`. */
  #targets: readonly Target[] = [];
  #atNs: readonly number[] = [];

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
    for (const touch of facts.touches) trail.#touch(shared(touch), touch.atNs);
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
    this.#touch(shared({ ...targetOf(probe), tool: probe.mark?.tool }), atNs);
    if (probe.mark) this.#markEarlier(probe.mark);
  }

  get lastNs(): number {
    return this.#lastNs;
  }

  /** Each target that is remembered was a completed handshake. */
  get isAllProven(): boolean {
    return (
      this.#targets.length > 0 &&
      this.#targets.every(({ kind, protocol }) => kind === 'connect' && protocol === 'tcp')
    );
  }

  get facts(): TrailFacts {
    return {
      firstNs: this.#firstNs,
      lastNs: this.#lastNs,
      probes: this.#probes,
      isProven: this.#isProven,
      story: this.#story,
      touches: this.#targets.map((target, at) => ({ ...target, atNs: this.#atNs[at]! })),
    };
  }

  /** A mark that two probes share is known with the second one. */
  #markEarlier({ tool, also }: Mark): void {
    this.#targets = this.#targets.map((it) =>
      it.port === also?.port && it.protocol === also.protocol && it.destination === also.destination
        ? shared({ ...it, tool })
        : it,
    );
  }

  #touch(target: Target, atNs: number): void {
    const old = this.#targets.findIndex((it) => isSame(it, target));
    const gap = old >= 0 ? old : this.#targets.length < MAX_TARGETS ? undefined : 0;
    this.#targets = moved(this.#targets, gap, target);
    this.#atNs = moved(this.#atNs, gap, atNs);
  }
}

/** With one more at the end, and without the one in the gap. */
const moved = <T>(all: readonly T[], gap: number | undefined, last: T): T[] =>
  gap === undefined ? all.concat([last]) : all.slice(0, gap).concat(all.slice(gap + 1), [last]);

const isSame = (a: Target, b: Target): boolean =>
  a === b ||
  (a.port === b.port &&
    a.protocol === b.protocol &&
    a.kind === b.kind &&
    a.tool === b.tool &&
    a.destination === b.destination);

const targetOf = ({ protocol, port, destination, kind }: Target) => ({ protocol, port, destination, kind });

const nameOf = ({ protocol, port, destination, kind, tool }: Target): string =>
  `${protocol} ${port} ${kind} ${destination} ${tool}`;

function shared(wanted: Target): Target {
  const name = nameOf(wanted);
  let target = known.get(name);
  if (!target) {
    if (known.size >= MAX_KNOWN) known.clear();
    target = { ...targetOf(wanted), ...(wanted.tool && { tool: wanted.tool }) };
    known.set(name, target);
  }
  return target;
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
    touches: [...latest.values()].slice(-MAX_TARGETS),
  };
}
