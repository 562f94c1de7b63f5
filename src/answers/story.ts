import type { PolicyRule } from '../config/policy.ts';
import type { RuleProgress, Story, TrailEntry, Why } from '../control/protocol.ts';
import type { Standing } from '../detect/rule-state.ts';
import { type Finding, SURE } from '../detect/tools/evidence.ts';
import type { TrailFacts } from '../detect/trail.ts';
import type { Trails } from '../detect/trails.ts';
import { SentryError } from '../errors.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import { type AskHistory, answerHistory } from '../memory/history-answer.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Bond } from '../respond/guard.ts';
import { NS_PER_SECOND } from '../values/duration.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import type { Entries } from './entries.ts';

/** Entries of the history that belong to a story. Whoever wants more asks for the history. */
const MAX_ENTRIES = 10;

export type StoryParts = {
  readonly dataPlane: Pick<DataPlane, 'nowNs'>;
  readonly blocks: Pick<Blocks, 'covering' | 'objectionTo'>;
  readonly trails: Pick<Trails, 'of'>;
  /** How far a source is on its way to each rule. */
  readonly standings: (source: string) => readonly Standing<PolicyRule>[];
  /** What binds the source to this host, if anything does. */
  readonly bondOf: (source: Prefix) => Bond | undefined;
  /** What it scans with, by its probes since the start. */
  readonly toolOf: (source: string) => Finding | undefined;
  readonly history: AskHistory;
};

/** Tells what there is to be known of the source that an address belongs to. */
export async function storyOf(why: Why, around: Prefix, parts: StoryParts, entries: Entries): Promise<Story> {
  const belongsTo = formatPrefix(around);
  const trail = parts.trails.of(belongsTo, parts.dataPlane.nowNs());
  const story = {
    ...why,
    belongsTo,
    trail: trail ? entryOf(trail, entries) : null,
    tool: toolOf(parts.toolOf(belongsTo), trail),
    proof: proofOf(around, trail, parts),
    objection: parts.blocks.objectionTo({ prefix: around, origin: 'local' }) ?? null,
    rules: parts.standings(belongsTo).map((standing) => progressOf(standing, entries)),
  };
  return { ...story, ...(await historyOf(why.source, parts.history)) };
}

const entryOf = ({ firstNs, lastNs, probes, touches }: TrailFacts, entries: Entries): TrailEntry => ({
  firstSeen: entries.timeOf(firstNs),
  lastSeen: entries.timeOf(lastNs),
  probes,
  touches: touches.map(({ atNs, protocol, port, destination, kind }) => ({
    time: entries.timeOf(atNs),
    ...{ protocol, port, destination, kind },
  })),
});

/** Of probes from before the start the marks are remembered that were beyond doubt. */
function toolOf(finding: Finding | undefined, trail: TrailFacts | undefined): Story['tool'] {
  const marked = trail?.touches.findLast(({ tool }) => tool !== undefined)?.tool;
  if (marked && !(finding && finding.confidence >= SURE)) return { name: marked, confidence: SURE };
  return finding ? { name: finding.tool, confidence: finding.confidence } : null;
}

function proofOf(around: Prefix, trail: TrailFacts | undefined, parts: StoryParts): Story['proof'] {
  const bond = parts.bondOf(around);
  if (bond) return bond === 'connection' ? 'holds_connection' : 'regular';
  const wasProven = parts.blocks.covering(around).some(({ evidence }) => evidence?.isProven);
  return trail?.isProven || wasProven ? 'had_connection' : null;
}

function progressOf({ rule, quietSinceNs, ...seen }: Standing<PolicyRule>, entries: Entries): RuleProgress {
  // Each port and each host took a probe: only more of them are asked for besides.
  const most = Math.max(rule.ports, rule.hosts, rule.targets);
  const asked = {
    ports: rule.ports > 1,
    hosts: rule.hosts > 1,
    targets: rule.targets > 1,
    probes: rule.probes > most || most === 1,
  };
  return {
    rule: rule.name,
    windowSeconds: Number.isFinite(rule.windowNs) ? rule.windowNs / NS_PER_SECOND : null,
    counts: (['ports', 'hosts', 'targets', 'probes'] as const)
      .filter((what) => asked[what])
      .map((what) => ({ what, seen: seen[what], needed: rule[what] })),
    firedAt: quietSinceNs === undefined ? null : entries.timeOf(quietSinceNs),
  };
}

async function historyOf(source: string, ask: AskHistory): Promise<Pick<Story, 'history' | 'historyError'>> {
  try {
    const request = { command: 'history', source, sinceMs: null, limit: MAX_ENTRIES } as const;
    return { history: await answerHistory(request, ask), historyError: null };
  } catch (error) {
    if (!(error instanceof SentryError)) throw error;
    return { history: [], historyError: error.message };
  }
}
