import { Command, InvalidArgumentError, Option } from 'commander';
import { Capture } from '../capture/open.ts';
import { defaultPolicy, loadPolicyWithNotes } from '../config/load.ts';
import type { Policy } from '../config/policy.ts';
import type { Replayed } from '../replay/replay.ts';
import { decisiveOf, factsOf, type SourceFacts } from '../replay/report.ts';
import { servedEverywhere } from '../replay/served.ts';
import { formatDuration, NS_PER_MS } from '../values/duration.ts';
import { PortSet, parsePorts } from '../values/ports.ts';
import { type Prefix, parsePrefix } from '../values/prefix.ts';
import { distinctFiles } from './distinct-files.ts';
import { type Output, table } from './output.ts';
import { type Assumed, remarksOn } from './replay-remarks.ts';

type ReplayOptions = Assumed & {
  policy?: string;
  guard?: readonly Prefix[];
  json?: true;
};

/** Sources without an alert that people are shown; --json has all of them. */
const QUIET_ROWS = 20;
/** Of the ports of one source. */
const PORTS_WIDTH = 40;

export function replayCommand(output: Output): Command {
  return new Command('replay')
    .description(
      'run captures through the data plane and the rules, attached to nothing: who would be alerted of and blocked, when, and why',
    )
    .argument('<file...>', 'pcap or pcapng')
    .option('--policy <file>', 'configuration, YAML or portsentry.conf (default: the built-in policy)')
    .addOption(
      new Option(
        '--protect <prefix>',
        'a destination that counts as this host, may be given several times; or `each`: every address is a host of its own (default: a guess, which is told)',
      ).argParser(addPrefix),
    )
    .addOption(
      new Option(
        '--served <ports>',
        'ports that somebody listens at, like 22,80,443/tcp,53/udp; a port without a protocol has that of the next one that has one, else TCP (default: those that answer in the capture)',
      ).argParser(parseServed),
    )
    .addOption(
      new Option(
        '--guard <prefix>',
        'who is never blocked, as a running sentry never blocks the gateways of its host, may be given several times (resolvers that answer the host in the capture are known)',
      ).argParser((text, before: readonly Prefix[] = []) => [...before, prefixOf(text)]),
    )
    .option('--json', 'print JSON lines, one a source')
    .addHelpText(
      'after',
      '\nExamples:\n  xdpsentry replay monday.pcap\n  xdpsentry replay --protect 198.51.100.7 --policy /etc/xdpsentry.yaml --json *.pcapng',
    )
    .action(async (paths: readonly string[], options: ReplayOptions) => {
      const { files, repeated } = distinctFiles(paths);
      for (const path of repeated) output.err(`xdpsentry: ${path} is named more than once, and read once\n`);
      const policy = policyOf(options, output);
      const captures = files.map((file) => new Capture(file));
      const { replay } = await import('../replay/replay.ts'); // not before: most of the program is behind it
      const { protect = 'guess', served, guard = [] } = options;
      const replayed = replay({
        policy,
        captures,
        protect,
        served: served && servedEverywhere(served),
        guard,
      });
      for (const text of remarksOn(replayed, captures, policy, options)) output.err(`xdpsentry: ${text}\n`);
      const facts = [...replayed.stories].map((story) => factsOf(story, replayed));
      if (options.json) for (const fact of facts) output.out(`${JSON.stringify(fact)}\n`);
      else output.out(describe(replayed, facts, captures));
    });
}

function policyOf({ policy: path }: ReplayOptions, output: Output): Policy {
  if (path === undefined) return defaultPolicy();
  const { policy, doubt } = loadPolicyWithNotes(path);
  if (doubt !== undefined) output.err(`xdpsentry: ${doubt}\n`);
  return policy;
}

function addPrefix(text: string, before: readonly Prefix[] | 'each' = []): readonly Prefix[] | 'each' {
  if (text === 'each' && (before === 'each' || before.length === 0)) return 'each';
  if (before === 'each') throw new InvalidArgumentError('`each` stands alone.');
  return [...before, prefixOf(text, '; or `each`, alone')];
}

function prefixOf(text: string, more = ''): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix)
    throw new InvalidArgumentError(`Write it like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64${more}.`);
  return prefix;
}

/** `22,80,443/tcp,53/udp`: a port without a protocol has that of the next one that has one, or else TCP. */
function parseServed(text: string): NonNullable<Assumed['served']> {
  if (text.trim() === '') throw new InvalidArgumentError('Write ports, like 22,80,443/tcp,53/udp.');
  const ports = { tcp: new PortSet(), udp: new PortSet() };
  for (const part of text.match(/[^/]+(?:\/[a-z]*)?,?/g) ?? []) {
    const [list = '', protocol = 'tcp'] = part.replace(/,$/, '').split('/');
    if (protocol !== 'tcp' && protocol !== 'udp')
      throw new InvalidArgumentError(`"${protocol}" is neither tcp nor udp.`);
    try {
      ports[protocol].addAll(parsePorts(list));
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  }
  return ports;
}

function describe(replayed: Replayed, facts: readonly SourceFacts[], captures: readonly Capture[]): string {
  const alerted = facts.filter((fact) => fact.alerted);
  const quiet = facts.filter((fact) => !fact.alerted);
  const shown = [...alerted, ...quiet.slice(0, QUIET_ROWS)];
  const more = quiet.length - Math.min(quiet.length, QUIET_ROWS);
  return [
    shown.length === 0 ? 'nobody sent a probe\n' : table(HEADER, shown.map(rowOf)),
    ...(more > 0 ? [`and ${more} more sources without an alert; --json lists them\n`] : []),
    '\n',
    summaryOf(replayed, facts, captures),
  ].join('');
}

const HEADER = [
  'source',
  'what',
  'at',
  'rule',
  'after',
  'probes',
  'dropped',
  'hosts',
  'ports',
  'kinds',
  'tool',
];

function rowOf(fact: SourceFacts): (string | number)[] {
  const alert = decisiveOf(fact);
  return [
    fact.label === null ? fact.source : `${fact.source} (${fact.label})`,
    fact.blocked ? 'blocked' : fact.alerted ? (fact.objection === null ? 'alerted' : 'guarded') : '-',
    (alert?.at ?? fact.first_seen).replace('T', ' ').replace(/\.\d+Z$/, ''),
    alert?.rule ?? '-',
    alert?.after ?? '-',
    fact.probes,
    fact.dropped,
    fact.hosts,
    shorten(fact.port_list),
    fact.kinds.join(','),
    fact.tool === null ? '-' : `${fact.tool} ${Math.round(fact.confidence! * 100)} %`,
  ];
}

const shorten = (text: string): string =>
  text.length <= PORTS_WIDTH ? text : `${text.slice(0, PORTS_WIDTH - 1)}…`;

function summaryOf(replayed: Replayed, facts: readonly SourceFacts[], captures: readonly Capture[]): string {
  const { frames, judged, outcomes, losses, clock } = replayed;
  const count = (is: (fact: SourceFacts) => boolean) => facts.filter(is).length;
  const seen = outcomes.filter(({ packets }) => packets > 0);
  const lost = losses.filter((loss) => loss.count > 0);
  const words = (verdict: string, reason: string) => `${verdict} ${reason.replaceAll('_', ' ')}`;
  return [
    `${captures.length === 1 ? 'frames' : `frames in ${captures.length} captures`}: ${frames}, of ${formatDuration(clock.elapsedNs / NS_PER_MS)}; judged: ${judged}`,
    ...seen.map(({ verdict, reason, packets }) => `  ${words(verdict, reason)}: ${packets}`),
    `sources of probes: ${facts.length}, alerted: ${count((fact) => fact.alerted)}, blocked: ${count((fact) => fact.blocked)}`,
    ...lost.map((loss) => `lost, ${loss.reason.replaceAll('_', ' ')}: ${loss.count}`),
    '',
  ].join('\n');
}
