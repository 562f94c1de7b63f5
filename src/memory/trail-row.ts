import { type ProbeKind, type Protocol, probeKinds, protocols } from '../detect/probe.ts';
import { type ToolName, toolNames } from '../detect/tools/tool-name.ts';
import { hasSeveralTargets, MAX_TARGETS, type Touch, type TrailFacts } from '../detect/trail.ts';
import type { TrailRow } from '../store/memory/rows.ts';
import { canonicalAddress } from '../values/address.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { parsePrefix } from '../values/prefix.ts';

/** A source's trail as the memory keeps it. */
export function trailRow(source: string, facts: TrailFacts): TrailRow {
  const { firstNs, lastNs, probes, isProven, story, touches } = facts;
  const short = touches.map(({ protocol, port, destination, kind, atNs, tool }) => {
    const agoMs = Math.max(0, Math.round((lastNs - atNs) / NS_PER_MS));
    return [protocol, port, destination, kind, agoMs, ...(tool ? [tool] : [])];
  });
  return {
    source,
    firstNs,
    lastNs,
    probes,
    isProven,
    storyNs: story?.firstNs ?? null,
    storyTotal: story?.total ?? 0,
    isOnProbation: !hasSeveralTargets(facts),
    answeredAfterMs: afterMs(facts.answeredNs, lastNs),
    pardonedAfterMs: afterMs(facts.pardonedNs, lastNs),
    touches: JSON.stringify(short),
  };
}

/** Undefined when it cannot be read: a disk has changed it. A touch of a protocol or kind that is not known is left out, and so is an unknown tool. */
export function trailFacts(row: TrailRow): TrailFacts | undefined {
  const { source, firstNs, lastNs, probes, isProven, storyNs, storyTotal, answeredAfterMs, pardonedAfterMs } =
    row;
  const touches = touchesOf(row);
  if (!touches || !parsePrefix(source) || !(firstNs <= lastNs) || probes < 1) return undefined;
  const story = storyNs === null ? undefined : { firstNs: storyNs, total: storyTotal };
  const answeredNs = sinceNs(answeredAfterMs, lastNs);
  const pardonedNs = sinceNs(pardonedAfterMs, lastNs);
  return { firstNs, lastNs, probes, isProven, story, answeredNs, pardonedNs, touches };
}

/** Rounded as the touches are: what was spent stays so. */
const afterMs = (ns: number, lastNs: number): number | null =>
  Number.isFinite(ns) ? -Math.round((lastNs - ns) / NS_PER_MS) : null;

const sinceNs = (ms: number | null, lastNs: number): number =>
  ms !== null && Number.isSafeInteger(ms) ? lastNs + ms * NS_PER_MS : Number.NEGATIVE_INFINITY;

function touchesOf({ touches, lastNs }: TrailRow): Touch[] | undefined {
  try {
    const all: unknown = JSON.parse(touches);
    return Array.isArray(all)
      ? all.slice(-MAX_TARGETS).flatMap((entry: unknown) => touchOf(entry, lastNs) ?? [])
      : undefined;
  } catch {
    return undefined;
  }
}

function touchOf(entry: unknown, lastNs: number): Touch | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [protocol, port, destination, kind, agoMs, tool] = entry as unknown[];
  const isReadable =
    protocols.includes(protocol as Protocol) &&
    probeKinds.includes(kind as ProbeKind) &&
    isWithin(port, 65_535) &&
    isWithin(agoMs, Number.MAX_SAFE_INTEGER) &&
    typeof destination === 'string' &&
    canonicalAddress(destination) === destination;
  return isReadable
    ? {
        protocol: protocol as Protocol,
        port: port as number,
        destination,
        kind: kind as ProbeKind,
        atNs: lastNs - (agoMs as number) * NS_PER_MS,
        ...(toolNames.includes(tool as ToolName) && { tool: tool as ToolName }),
      }
    : undefined;
}

const isWithin = (value: unknown, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
