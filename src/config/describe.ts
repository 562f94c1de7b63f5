export { policyToJson } from './json.ts';

import { KNOWN_AS_OF } from '../research/known-scanners.ts';
import { formatPrefix } from '../values/prefix.ts';
import { quote } from './found.ts';
import { listLines } from './list-words.ts';
import { escalationLines, memoryWords } from './memory-words.ts';
import { actionsOf, type Policy } from './policy.ts';
import { capabilityWords, responseLines } from './response-words.ts';
import { monitoredWords, portWords, rulesWords } from './rule-words.ts';

/** Entries of the ignore list that are written out. */
const MAX_SHOWN = 5;

/** What the policy makes the sentry do, in plain words, a sentence a line. */
export function describePolicy(policy: Policy): string[] {
  return [
    `Policy: ${policy.origin}`,
    `Mode: ${modeWords(policy)}`,
    `Interfaces: ${interfaceWords(policy)}.`,
    `Monitored while no local socket serves them: ${monitoredWords(policy.monitor)}.`,
    ...watchingLines(policy),
    policy.probes === 'pass'
      ? 'Probes are passed on to the network stack.'
      : 'Probes are dropped; the network stack does not see them.',
    `Never counted, never blocked: ${ignoreWords(policy)}.`,
    ...listLines(policy),
    `One IPv6 source is a /${policy.sourceBits6}.`,
    ...researchLines(policy),
    ...rulesWords(policy),
    ...togetherLines(policy),
    ...escalationLines(policy),
    ...responseLines(policy),
    `Capabilities: ${capabilityWords(policy)}.`,
    `Memory: ${memoryWords(policy)}.`,
    `Room for ${policy.tables.blocks} blocks and ${policy.tables.sources} sources.`,
    policy.metrics.enabled ? `Metrics: ${metricsUrl(policy.metrics)}` : 'Metrics: off.',
    `Control socket: ${policy.socket}`,
    `Log: ${policy.log.format}, ${policy.log.level} and above${destinations(policy.log)}.`,
  ];
}

/** Nothing where nobody has a label. */
function researchLines({ research: { isKnown, scanners, resolve } }: Policy): string[] {
  const names = scanners.map(({ name }) => name).join(', ');
  if (scanners.length === 0) return [];
  const age = isKnown ? `; as published on ${KNOWN_AS_OF}` : '';
  return [
    `Research scanners get a label, by their networks${resolve ? ' and their names in DNS' : ''}: ${names}${age}.`,
  ];
}

function modeWords({ mode, rules }: Policy): string {
  if (mode === 'observe') return 'observe. Scans are detected and reported; nothing is blocked.';
  const blocks = rules.length === 0 || rules.some((rule) => actionsOf(rule).includes('block'));
  return blocks
    ? 'enforce. Sources that a rule catches are blocked.'
    : 'enforce, but no rule blocks anybody.';
}

function interfaceWords({ interfaces, attach }: Policy): string {
  const where = interfaces
    .map((name) => (name === 'auto' ? 'the one of the default route' : name))
    .join(', ');
  const how = {
    auto: 'XDP in the driver if it can, else in the network stack',
    native: 'XDP in the driver',
    generic: 'XDP in the network stack',
  };
  return `${where}; ${how[attach]}`;
}

/** What is watched otherwise than by default, and where the sentry listens itself. */
function watchingLines({ served, lateAnswers, listen }: Policy): string[] {
  const says = listen.banner === undefined ? '' : `, says ${quote(listen.banner)}`;
  return [
    served === 'nothing' ? 'At ports that a local socket serves, nothing counts.' : '',
    lateAnswers === 'count' ? "What could be a late answer to this host's own connections counts, too." : '',
    listen.tcp.size + listen.udp.size > 0 ? `Listens itself at ${portWords(listen)}${says}, and closes.` : '',
  ].filter((line) => line !== '');
}

function ignoreWords({ ignore, ignoreFiles }: Policy): string {
  if (ignore.length + ignoreFiles.length === 0) return 'nothing but what is guarded anyway';
  const files = ignoreFiles.map((path) => `what is in ${path}`);
  const more = ignore.length - MAX_SHOWN;
  const rest = more > 0 ? [`${more} more`] : [];
  const items = [...ignore.slice(0, MAX_SHOWN).map(formatPrefix), ...rest, ...files];
  return items.join(', ').replace(/, (?=\d+ more|what is in \S+$)/, ' and ');
}

/** What is looked for in several sources together, besides rules. */
const togetherLines = ({ guardsDecoys, campaign }: Policy): string[] => [
  guardsDecoys
    ? 'Whose probes come in the names of others, too (decoys), is told of with all of them, and not answered for what may be forged.'
    : 'Scans among decoys are not looked for.',
  campaign
    ? `A campaign is ${campaign.ports} ports in an hour above what is usual, or ${campaign.rarePorts} that nobody else tries, by sources that no rule has caught${campaign.learnHours > 0 ? `; learned for ${campaign.learnHours}h first` : ''}: alert.`
    : 'Campaigns of unrelated sources are not looked for.',
];

const destinations = ({ to }: Policy['log']): string =>
  to.length === 1 && to[0] === 'stdout' ? '' : `, to ${to.join(', ')}`;

const metricsUrl = ({ host, port }: Policy['metrics']): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`;
