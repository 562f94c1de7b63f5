/** The same traffic twice: as a running sentry has met it, and as `replay` finds it in a capture. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkAddress, sendFrames } from '../../scripts/lab/frames.ts';
import { addresses, type Host, Lab } from '../../scripts/lab/lab.ts';
import { execute } from '../../scripts/lab/process.ts';
import { Recorder } from '../../scripts/lab/recorder.ts';
import { LabSentry, type LogLine } from '../../scripts/lab/sentry.ts';
import type { RuleText } from '../../src/config/rule-schema.ts';
import type { SourceFacts } from '../../src/replay/report.ts';
import { LAST, lastScan, SERVED } from './mixed-trace.ts';

const { sentry: target, client } = addresses;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const CONNECT = new URL('../../scripts/lab/connect.ts', import.meta.url).pathname;
const PROTECT = ['--protect', target.ipv4, '--protect', target.ipv6];
/** Answers whoever asks. */
const SERVE = `
  import { createSocket } from 'node:dgram';
  import { createServer } from 'node:net';
  createServer((socket) => socket.end('welcome')).listen(${SERVED.tcp}, '::', () => {
    const socket = createSocket('udp6');
    socket.on('message', (_, { port, address }) => socket.send('welcome', port, address));
    socket.bind(${SERVED.udp}, '::', () => console.log('ready'));
  });`;

/** What a rule has made of a source, or of several together: then of each the same. */
export type Finding = {
  readonly rule: string;
  readonly action: string;
  readonly probes: number;
  /** Probes of the source up to then, whatever the rule counted; undefined: it is about several together. */
  readonly total: number | undefined;
  readonly ports: string;
  readonly kinds: readonly string[];
  readonly destination: string;
};

/** What became of a source. */
export type Fate = {
  readonly alerts: readonly Finding[];
  /** Packets that its block kept out; undefined: it is not blocked. */
  readonly dropped: number | undefined;
};
export type Outcome = {
  /** That were counted, of all sources. */
  readonly probes: number;
  /** Packets that blocks kept out, of all sources. */
  readonly dropped: number;
  /** Of those who have been alerted of, or blocked. */
  readonly fates: Readonly<Record<string, Fate>>;
};

export type Told = {
  /** By the sentry. */
  readonly live: Outcome;
  /** By the replay, of the same policy. */
  readonly replayed: Outcome;
  /** By the replay, if each rule only alerted: all that the rules find in these packets. */
  readonly unblocked: Outcome;
};

/** The policy of a file with these rules. */
export type Rules = { readonly rules: readonly RuleText[] };

/** Lets things happen to a host that a sentry protects, and to a capture. In the end comes one more, LAST, whom the rules must catch. */
export async function liveAndReplayed(
  { rules }: Rules,
  happen: (lab: Lab, sentry: LabSentry) => Promise<void>,
): Promise<Told> {
  await using lab = await Lab.create();
  await serve(lab.sentry);
  const sentry = await LabSentry.start(lab, policyOf(rules));
  const recorder = await Recorder.start(lab);
  await beServed(lab);
  await happen(lab, sentry);
  await sendFrames(lab, lastScan(await linkAddress(lab.sentry)));
  await sentry.waitForLine('the last alert', ({ event, source }) => event === 'alert' && source === LAST);
  await recorder.stop();
  return {
    live: await fatesOf(sentry),
    replayed: await replay(lab, recorder, rules),
    unblocked: await replay(lab, recorder, alerting(rules)),
  };
}

/** The same rules, none of which blocks. */
export const alerting = (rules: readonly RuleText[]): RuleText[] =>
  rules.map((rule) => ({ ...rule, action: 'alert' }));

/** JSON is YAML. */
const policyOf = (rules: readonly RuleText[]): string => `mode: enforce\nrules: ${JSON.stringify(rules)}\n`;

async function serve(host: Host): Promise<void> {
  const running = host.spawn(process.execPath, ['--input-type=module', '-e', SERVE]);
  await running.waitFor('the server', () => running.stdout.includes('ready'));
}

/** Somebody uses each service: that is how a capture tells which ports are served. */
async function beServed({ scanner }: Lab): Promise<void> {
  for (const protocol of ['tcp', 'udp'] as const)
    for (const family of ['ipv4', 'ipv6'] as const) {
      const ends = [client[family], target[family], String(SERVED[protocol])];
      const { stdout } = await scanner.execute(process.execPath, [CONNECT, protocol, ...ends]);
      assert.equal(stdout, 'welcome');
    }
}

async function fatesOf(sentry: LabSentry): Promise<Outcome> {
  const blocks = await sentry.blocks();
  const { probes, outcomes, lost } = await sentry.ask({ command: 'status' });
  assert.deepEqual(
    lost.filter(({ count }) => count > 0),
    [],
  );
  const found = new Map<string, Finding[]>();
  for (const line of sentry.lines().filter(isAlert))
    for (const source of sourcesOf(line)) found.set(source, [...(found.get(source) ?? []), findingOf(line)]);
  const sources = new Set([...found.keys(), ...blocks.keys()]);
  const fates = [...sources].map((source): [string, Fate] => {
    return [source, { alerts: found.get(source) ?? [], dropped: blocks.get(source)?.packets }];
  });
  const dropped = outcomes.find(({ reason }) => reason === 'blocked')?.packets ?? 0;
  return { probes: sumOf(probes), dropped, fates: inOrder(fates) };
}

const isAlert = ({ event }: LogLine): boolean => event === 'alert' || isTogether(event);
const isTogether = (event: string): boolean => ['distributed', 'decoy', 'campaign'].includes(event);
const sourcesOf = ({ event, source, sources }: LogLine): readonly string[] =>
  isTogether(event) ? (sources as string[]) : [String(source)];

/** What only tells of several together has no action: it alerts. */
const findingOf = (line: object): Finding => {
  const { rule, action = 'alert', probes, total, ports, kinds, destination } = line as Finding;
  return { rule, action, probes, total, ports, kinds, destination };
};

async function replay(lab: Lab, { path }: Recorder, rules: readonly RuleText[]): Promise<Outcome> {
  const policy = join(lab.directory, 'replay.yaml');
  writeFileSync(policy, policyOf(rules));
  const { stdout } = await execute(process.execPath, [
    ...[MAIN, 'replay', '--policy', policy, ...PROTECT, '--json', path],
  ]);
  const facts = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SourceFacts);
  const networkRules = new Set(rules.filter(({ per }) => per === 'network').map(({ name }) => name));
  const isOfSeveral = (rule: string) => rule === 'decoy' || rule === 'campaign' || networkRules.has(rule);
  const fates = facts
    .filter(({ alerted, blocked }) => alerted || blocked)
    .map(({ source, alerts, blocked, dropped }): [string, Fate] => [
      source,
      {
        alerts: alerts.map(({ after, ...alert }) =>
          findingOf({ ...alert, total: isOfSeveral(alert.rule) ? undefined : after }),
        ),
        dropped: blocked ? dropped : undefined,
      },
    ]);
  const dropped = facts.reduce((sum, it) => sum + it.dropped, 0);
  return { probes: sumOf(facts), dropped, fates: inOrder(fates) };
}

const inOrder = (fates: readonly (readonly [string, Fate])[]): Readonly<Record<string, Fate>> =>
  Object.fromEntries(fates.toSorted(([a], [b]) => (a < b ? -1 : 1)));

const sumOf = (counts: readonly { readonly probes: number }[]): number =>
  counts.reduce((sum, { probes }) => sum + probes, 0);
