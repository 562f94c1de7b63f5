import type { ProbeKind, Protocol } from '../detect/probe.ts';
import type { Finding } from '../detect/tools/evidence.ts';
import type { TogetherEvent } from '../report/event.ts';
import { classOf, type ScanClass } from './scan-class.ts';
import { ScanShape } from './scan-shape.ts';

/** What a rule made of a source. Times are those of the replay's clock. */
export type StoryAlert = {
  readonly atNs: number;
  readonly rule: string;
  /** `block`, `guarded`, …: as in the log. */
  readonly action: string;
  /** Why it is not blocked all the same. */
  readonly objection: string | undefined;
  /** What the rule counted: probes, ports like `1-4/tcp`, kinds, and where the last one went. */
  readonly probes: number;
  readonly ports: string;
  readonly kinds: readonly string[];
  readonly destination: string;
  /** Probes of the source up to and with the one that decided. */
  readonly after: number;
  /** What the scan is, where the alert was about several sources together. */
  readonly class?: 'distributed' | 'decoy';
};

/** A host's port, of a protocol. */
const targetOf = ({ destination, protocol, port }: Told): string => `${destination} ${protocol} ${port}`;

export type StoryBlock = { readonly atNs: number; readonly expiresNs: number | undefined };

/** One probe, as far as a story goes. */
export type Told = {
  readonly atNs: number;
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly kind: ProbeKind;
};

/** All that is known of one source of probes. */
export class Story {
  readonly source: string;
  readonly firstNs: number;
  readonly kinds = new Set<ProbeKind>();
  readonly alerts: StoryAlert[] = [];
  readonly blocks: StoryBlock[] = [];
  /** What it scans with, as known with its last probe. */
  finding: Finding | undefined;
  /** Whose research scanner it is. */
  label: string | undefined;
  readonly #shape = new ScanShape();
  /** With what was kept out. */
  readonly #tried = new ScanShape();
  /** What it has tried up to the first alert; after that nobody asks. */
  readonly #targets = new Set<string>();
  #lastNs: number;
  #probes = 0;
  #dropped = 0;

  constructor(source: string, atNs: number) {
    this.source = source;
    this.firstNs = atNs;
    this.#lastNs = atNs;
  }

  tell(told: Told): void {
    const { atNs, destination, protocol, port, kind } = told;
    this.#probes++;
    this.#lastNs = atNs;
    this.kinds.add(kind);
    this.#shape.add(destination, protocol, port);
    this.#tried.add(destination, protocol, port);
    if (this.alerts.length === 0) this.#targets.add(targetOf(told));
  }

  /** It is one of several that an alert was about. */
  share(event: TogetherEvent, atNs: number): void {
    const own = { probes: this.#probes, ports: this.#shape.portText, kinds: [...this.kinds] };
    const [destination = ''] = this.#shape.hostList(1);
    const what = event.event === 'campaign' ? own : event;
    this.alerts.push({
      atNs,
      rule: event.rule,
      action: event.event === 'distributed' ? event.action : 'alert',
      objection: undefined,
      probes: what.probes,
      ports: what.ports,
      kinds: what.kinds,
      destination: event.event === 'campaign' ? destination : event.destination,
      after: this.#probes,
      class: event.event === 'decoy' ? 'decoy' : 'distributed',
    });
  }

  /** A packet of the source was kept out; where it went is not counted, but shows what the source was about. */
  drop(
    target: { readonly destination: string; readonly protocol: Protocol; readonly port: number } | undefined,
  ): void {
    this.#dropped++;
    if (target) this.#tried.add(target.destination, target.protocol, target.port);
  }

  get lastNs(): number {
    return this.#lastNs;
  }

  /** Probes that got through. */
  get probes(): number {
    return this.#probes;
  }

  /** Distinct ports, each of a host and a protocol, that it had tried when the first alert came; without one: so far. */
  get targetsToAlert(): number {
    return this.#targets.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get shape(): ScanShape {
    return this.#shape;
  }

  /** Who is named among decoys is one of these, whatever the rules say of it; with whom else a scan is shared shows in the first alert. */
  get class(): ScanClass {
    if (this.alerts.some((alert) => alert.class === 'decoy')) return 'decoy';
    return this.verdict?.class ?? classOf(this.kinds, this.#tried, this.alerts.length > 0);
  }

  /** The alert that has the say: the first that led to a block, else the first. */
  get verdict(): StoryAlert | undefined {
    return this.alerts.find(({ action }) => action === 'block') ?? this.alerts[0];
  }

  /** Why it was never blocked although a rule said so, be it not the first that had something to say. */
  get objection(): string | undefined {
    if (this.blocks.length > 0) return undefined;
    return this.alerts.find(({ objection }) => objection !== undefined)?.objection;
  }
}

/** The stories of all sources. */
export class Stories {
  readonly #stories = new Map<string, Story>();

  /** That of a source that has sent a probe at that time; a new one, when it is the first. */
  of(source: string, atNs: number): Story {
    let story = this.#stories.get(source);
    if (!story) {
      story = new Story(source, atNs);
      this.#stories.set(source, story);
    }
    return story;
  }

  find(source: string): Story | undefined {
    return this.#stories.get(source);
  }

  /** In the order of their first probes. */
  [Symbol.iterator](): IterableIterator<Story> {
    return this.#stories.values();
  }

  get size(): number {
    return this.#stories.size;
  }
}
