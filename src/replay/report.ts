import type { Replayed } from './replay.ts';
import type { ScanClass } from './scan-class.ts';
import type { Story } from './story.ts';

/** Hosts of one source that are named; all are counted. */
const HOSTS_NAMED = 16;

/** What there is to say of one source: a line of `replay --json`. Times are ISO 8601. */
export type SourceFacts = {
  readonly source: string;
  /** Whose research scanner it is known to be, by the networks of the policy. */
  readonly label: string | null;
  readonly alerted: boolean;
  readonly blocked: boolean;
  /** That of the alert which led to the block, or else of the first alert. */
  readonly rule: string | null;
  readonly class: ScanClass;
  readonly kinds: readonly string[];
  /** What it scans with, and how sure that is, up to 0.99; null: not known. */
  readonly tool: string | null;
  readonly confidence: number | null;
  /** It has completed a TCP handshake: its address is its own. */
  readonly proven: boolean;
  /** That got through: what was dropped was not looked at. */
  readonly probes: number;
  readonly ports: number;
  readonly hosts: number;
  readonly first_seen: string;
  readonly alerted_at: string | null;
  readonly probes_to_alert: number | null;
  /** Distinct ports, each of a host and a protocol, that it had tried by then. */
  readonly ports_to_alert: number | null;
  readonly last_seen: string;
  readonly blocked_at: string | null;
  readonly blocks: number;
  /** Packets that its blocks kept out. */
  readonly dropped: number;
  /** Why it is not blocked although a rule says so. */
  readonly objection: string | null;
  readonly port_list: string;
  readonly host_list: readonly string[];
  readonly alerts: readonly {
    readonly at: string;
    readonly rule: string;
    readonly action: string;
    /** Why it did not block the source although its rule says so. */
    readonly objection: string | null;
    readonly after: number;
    readonly probes: number;
    readonly ports: string;
    readonly kinds: readonly string[];
    readonly destination: string;
  }[];
};

/** To four digits: more is not known. */
const rounded = (confidence: number): number => Math.round(confidence * 10_000) / 10_000;

export function factsOf(story: Story, { clock, proven }: Pick<Replayed, 'clock' | 'proven'>): SourceFacts {
  const { source, shape, alerts, blocks, verdict } = story;
  const [firstAlert] = alerts;
  const [firstBlock] = blocks;
  return {
    source,
    label: story.label ?? null,
    alerted: firstAlert !== undefined,
    blocked: firstBlock !== undefined,
    rule: verdict?.rule ?? null,
    class: story.class,
    kinds: [...story.kinds],
    tool: story.finding?.tool ?? null,
    confidence: story.finding ? rounded(story.finding.confidence) : null,
    proven: proven.has(source),
    probes: story.probes,
    ports: shape.ports,
    hosts: shape.hosts,
    first_seen: clock.text(story.firstNs),
    alerted_at: firstAlert ? clock.text(firstAlert.atNs) : null,
    probes_to_alert: firstAlert?.after ?? null,
    ports_to_alert: firstAlert ? story.targetsToAlert : null,
    last_seen: clock.text(story.lastNs),
    blocked_at: firstBlock ? clock.text(firstBlock.atNs) : null,
    blocks: blocks.length,
    dropped: story.dropped,
    objection: story.objection ?? null,
    port_list: shape.portText,
    host_list: shape.hostList(HOSTS_NAMED),
    alerts: alerts.map(({ atNs, objection = null, class: _, ...alert }) => ({
      at: clock.text(atNs),
      ...alert,
      objection,
    })),
  };
}

/** The alert that made the source what it is called: `blocked`, or guarded, or merely alerted of. Undefined: there is none. */
export const decisiveOf = ({ blocked, alerts }: SourceFacts): SourceFacts['alerts'][number] | undefined =>
  alerts.find(({ action, objection }) => (blocked ? action === 'block' : objection !== null)) ?? alerts[0];
