import type { RuleProgress, Story, TrailEntry } from '../control/protocol.ts';
import { portsText } from '../report/ports-text.ts';
import { formatDuration } from '../values/duration.ts';
import { historyWords } from './history-words.ts';

/** What is known of a source, a line for each thing; `nowMs` by the wall clock. */
export function storyLines(story: Story, nowMs: number): string[] {
  const { source, belongsTo, trail, history, historyError } = story;
  const whose = belongsTo === source ? '' : ` of ${belongsTo}, which is one source`;
  return [
    ...(trail
      ? [
          `seen${whose}: ${trail.probes} ${trail.probes === 1 ? 'probe' : 'probes'}, the first ${when(trail.firstSeen, nowMs)}, the last ${when(trail.lastSeen, nowMs)}`,
          `touched: ${targetWords(trail)}`,
        ]
      : [`seen${whose}: no probe that is remembered`]),
    ...(story.tool ? [`tool: ${story.tool.name} (${story.tool.confidence.toFixed(2)})`] : []),
    ...(trail || story.proof ? [`sender: ${proofWords[story.proof ?? 'none']}`] : []),
    ...(story.objection !== null && story.objection !== story.spared
      ? [`rules do not block it: ${story.objection}`]
      : []),
    ...(trail ? ruleLines(story.rules, nowMs) : []),
    ...(historyError === null ? [] : [`history: ${historyError}`]),
    ...(history.length > 0 ? ['history:'] : []),
    ...history.map((entry) => {
      const other = entry.source === belongsTo ? '' : ` ${entry.source}`;
      return `  ${entry.time}${other} ${historyWords(entry)}`;
    }),
  ];
}

/** `1d12h ago (2026-11-27T04:12:44Z)` */
const when = (time: string, nowMs: number): string =>
  `${formatDuration(nowMs - Date.parse(time))} ago (${time.replace(/\.\d+Z$/, 'Z')})`;

/** `21-25,80/tcp,53/udp at 198.51.100.10, 198.51.100.11 (syn, udp)` */
function targetWords({ touches }: TrailEntry): string {
  const distinct = (of: (touch: TrailEntry['touches'][number]) => string) =>
    [...new Set(touches.map(of))].join(', ');
  return `${portsText(touches)} at ${distinct(({ destination }) => destination)} (${distinct(({ kind }) => kind)})`;
}

const proofWords = {
  holds_connection: 'proven, it holds a TCP connection to this host',
  regular: 'proven, it has come again and again with TCP connections',
  had_connection: 'proven, it has completed a TCP connection',
  none: 'may be forged, no TCP connection of it is known',
} as const;

/** Rules that have something of it within their windows. */
function ruleLines(rules: readonly RuleProgress[], nowMs: number): string[] {
  const begun = rules.filter(
    ({ counts, firedAt }) => firedAt !== null || counts.some(({ seen }) => seen > 0),
  );
  if (begun.length === 0) return ['rules: nothing of it is within the window of one'];
  const width = Math.max(...begun.map(({ rule }) => rule.length));
  return ['rules:', ...begun.map((it) => `  ${it.rule.padEnd(width)}  ${progressWords(it, nowMs)}`)];
}

const countWords = {
  ports: 'distinct ports',
  hosts: 'addresses of this host',
  targets: 'distinct targets',
  probes: 'probes',
} as const;

/** `3 of 4 distinct ports within 1m` */
function progressWords({ counts, windowSeconds, firedAt }: RuleProgress, nowMs: number): string {
  const seen = counts.map((it) => `${it.seen} of ${it.needed} ${countWords[it.what]}`).join(' and ');
  const within = windowSeconds === null ? 'at any time' : `within ${formatDuration(windowSeconds * 1000)}`;
  if (firedAt !== null)
    return `${seen} ${within}; has fired ${formatDuration(nowMs - Date.parse(firedAt))} ago`;
  const isFulfilled = counts.every((it) => it.seen >= it.needed);
  return `${seen} ${within}${isFulfilled ? '; fires with the next probe' : ''}`;
}
