import { followIgnoreFiles } from '../config/ignore-files.ts';
import type { Policy } from '../config/policy.ts';
import { Trails } from '../detect/trails.ts';
import type { LossCount, OutcomeCount, Sighting } from '../kernel/data-plane.ts';
import type { FrameBatch } from '../kernel/frame-batch.ts';
import { ReplayPlane } from '../kernel/replay.ts';
import { isTogether, type SentryEvent } from '../report/event.ts';
import { Labels } from '../research/labels.ts';
import { Blocks } from '../respond/blocks.ts';
import { type Bond, type GuardedAddress, makeGuard } from '../respond/guard.ts';
import { Marks } from '../respond/marks.ts';
import { Offences } from '../respond/offences.ts';
import { Sentry } from '../sentry.ts';
import { NS_PER_SECOND } from '../values/duration.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { programOptions } from '../watching.ts';
import { Stories } from './story.ts';

/** How often a sentry looks at what sources do together, whether or not a probe comes (care.ts). */
const LOOK_NS = NS_PER_SECOND;
/** Of what came longer ago nothing is left to tell (detect/together/): a longer pause is not looked through to its end. */
const LOOKS_NS = 3601 * NS_PER_SECOND;
/** After the last frame nothing is waited for longer than that: decoys take two seconds, a campaign is looked for once a minute. */
const SETTLED_NS = 61 * NS_PER_SECOND;

/**
 * The sentry of a policy without an interface, whose clock is that of the frames it is given: as assemble.ts joins it, less what reaches
 * out of the process. It enforces, whatever the policy's mode is: what would be blocked is what is asked.
 */
export class CaptureSentry {
  readonly stories = new Stories();
  /** What is wrong with the ignore files. */
  readonly problems: readonly string[];
  readonly #labels: Labels;
  readonly #plane: ReplayPlane;
  readonly #blocks: Blocks;
  readonly #sentry: Sentry;
  #connected: ReadonlyMap<string, Prefix> = new Map();
  /** Of the latest probe; undefined: there was none. */
  #probeNs: number | undefined;
  /** When it looks around next. */
  #lookNs = 0;
  /** When that happened which is told of: a probe, or a look. */
  #nowNs = 0;

  /** `guarded`: who is never blocked. `bondOf`: what binds a source to the host, so that it is not answered for what may be forged. Throws a SentryError. */
  constructor(
    policy: Policy,
    guarded: readonly GuardedAddress[],
    bondOf: (source: string) => Bond | undefined,
  ) {
    const enforcing: Policy = { ...policy, mode: 'enforce' };
    const files = followIgnoreFiles(policy.ignoreFiles)();
    const ignored = [...policy.ignore, ...(files?.prefixes ?? [])];
    this.problems = files?.problems ?? [];
    this.#labels = new Labels(policy.research.scanners);
    this.#plane = new ReplayPlane({
      ...programOptions(enforcing),
      monitored: policy.monitor, // what this machine serves is no matter, either
      ignored,
      guarded: guarded.map(({ prefix }) => prefix),
      sourceBits6: policy.sourceBits6,
      tables: policy.tables,
      onSighting: (sighting) => this.#handle(sighting),
    });
    const offences = new Offences({
      escalation: policy.escalation,
      capacity: policy.tables.blocks,
      nowNs: () => this.#plane.nowNs(),
      isProven: () => false, // a handshake with a listener of the sentry's own is in no capture
      changed: () => undefined,
    });
    const lengthen = (prefix: Prefix, durationMs: number) => offences.durationMs(prefix, durationMs);
    const guard = makeGuard(
      () => guarded,
      () => ignored,
      (source) => bondOf(formatPrefix(source)),
      () => false,
      (source) => this.#sentry.isDecoy(source),
    );
    this.#blocks = new Blocks(
      this.#plane,
      guard,
      {
        added: (block) => {
          offences.blocked(block);
          const { source, addedNs, expiresNs } = block;
          this.stories.of(source, addedNs).blocks.push({ atNs: addedNs, expiresNs });
        },
        changed: (block) => offences.blocked(block),
        removed: (block, cause) => {
          offences.ended(block, cause);
          this.#sentry.answerEnded(block, cause);
        },
      },
      { lengthen },
    );
    const marks = new Marks(() => this.#plane.nowNs(), policy.tables.sources, {
      added: () => true,
      forgotten: () => undefined,
      removed: (mark, cause) => this.#sentry.answerEnded(mark, cause),
    });
    this.#sentry = new Sentry({
      policy: enforcing,
      dataPlane: this.#plane,
      blocks: this.#blocks,
      marks,
      trails: new Trails({ maxSources: policy.tables.sources }),
      lengthen,
      tell: (event) => this.#note(event),
      countAlert: () => undefined,
      countTool: () => undefined,
      labelOf: ({ source, address }) => this.#labels.of(source, address),
      observeReaction: () => undefined,
    });
  }

  /** Judges the frames; `onDropped` is told the place of each that was kept out. */
  judge(batch: FrameBatch, onDropped: (index: number) => void): void {
    this.#plane.run(batch, onDropped);
    while (this.#blocks.sweep());
  }

  /** These sources, by their text, are bound to the host from now on; who is new among them and blocked is let in again. */
  setConnected(sources: ReadonlyMap<string, Prefix>): void {
    const before = this.#connected;
    this.#connected = sources;
    this.#plane.setConnected(sources);
    for (const [text, source] of sources) if (!before.has(text)) this.#blocks.reconsider(source);
  }

  /** Nothing more comes: what waited for others to come is told. */
  end(): void {
    this.#lookAroundUntil(this.#plane.nowNs() + SETTLED_NS);
  }

  outcomes(): OutcomeCount[] {
    return this.#plane.outcomes();
  }

  losses(): LossCount[] {
    const { network, decoy } = this.#sentry.together.forgotten;
    return [
      ...this.#plane.losses(),
      { reason: 'source_forgotten', count: this.#sentry.forgotten },
      { reason: 'network_forgotten', count: network },
      { reason: 'decoy_forgotten', count: decoy },
    ];
  }

  close(): void {
    this.#plane.close();
  }

  #handle(sighting: Sighting): void {
    const { atNs } = sighting;
    this.#lookAroundUntil(atNs);
    this.#probeNs = atNs;
    this.#nowNs = atNs;
    if (sighting.isIgnored) {
      this.#sentry.handle(sighting);
      return;
    }
    const source = formatPrefix(sighting.source);
    const story = this.stories.of(source, atNs);
    if (story.probes === 0) story.label = this.#labels.of(sighting.source, sighting.address);
    story.tell(sighting);
    this.#sentry.handle(sighting);
    story.finding = this.#sentry.toolOf(source);
  }

  /** Tells what a running sentry would have told meanwhile, by its clock alone. */
  #lookAroundUntil(untilNs: number): void {
    if (this.#probeNs === undefined) {
      this.#lookNs = untilNs;
      return;
    }
    const endNs = Math.min(untilNs, this.#probeNs + LOOKS_NS);
    for (; this.#lookNs < endNs; this.#lookNs += LOOK_NS) {
      this.#nowNs = this.#lookNs;
      this.#sentry.lookAround(this.#nowNs);
    }
    if (this.#lookNs < untilNs) this.#lookNs = untilNs;
  }

  #note(event: SentryEvent): void {
    const atNs = this.#nowNs;
    if (event.event === 'alert') {
      const { rule, source, action, objection, probes, ports, kinds, destination } = event;
      const story = this.stories.of(source, atNs);
      const what = { rule, action, objection, probes, ports, kinds, destination };
      story.alerts.push({ atNs, ...what, after: story.probes });
    }
    if (isTogether(event))
      for (const source of event.sources) this.stories.of(source, atNs).share(event, atNs);
  }
}
