/** What a running sentry has made of traffic, and what `replay` makes of a capture of it, are the same. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { linkAddress, sendFrames } from '../../scripts/lab/frames.ts';
import { addresses, type Host, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { execute } from '../../scripts/lab/process.ts';
import { Recorder } from '../../scripts/lab/recorder.ts';
import { addScanner } from '../../scripts/lab/scanners.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import type { SourceFacts } from '../../src/replay/report.ts';
import { needs } from '../support/capability.ts';
import { LAST, lastScan, mixedTrace, SERVED } from '../support/mixed-trace.ts';

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
/** What the kernel carries out. Rules of the controller need a moment, in which nmap has sent more. */
const KERNEL_RULES = `
mode: enforce
rules:
  - { name: scan, distinct_ports: 4, window: 60s, block_for: 10m }
  - { name: stealth, kinds: ['null', fin, xmas, odd, odd_reply], distinct_ports: 2, window: 10m, block_for: 10m }
`;
const skip = needs('root', 'bpf', 'netns', 'python3', 'dumpcap');

/** What became of a source. */
type Fate = {
  /** `total`: probes of the source up to then, whatever the rule counted. */
  readonly alerts: readonly {
    readonly rule: string;
    readonly action: string;
    readonly probes: number;
    readonly total: number;
    readonly ports: string;
    readonly kinds: readonly string[];
    readonly destination: string;
  }[];
  /** Packets that its block kept out; undefined: it is not blocked. */
  readonly dropped: number | undefined;
};
type Outcome = { readonly probes: number; readonly fates: Readonly<Record<string, Fate>> };

test('frames of many kinds: each source has the same alerts, block and dropped packets', {
  skip,
}, async () => {
  const caught = new Map<string, string>();
  const { live, replayed } = await both('mode: enforce\n', async (lab) => {
    const trace = mixedTrace(await linkAddress(lab.sentry));
    for (const [source, rule] of trace.caught) caught.set(source, rule);
    await sendFrames(lab, trace.frames);
  });
  assertEqual(live, replayed);
  const rules = Object.entries(live.fates).map(([source, { alerts }]) => [source, alerts[0]?.rule]);
  assert.deepEqual(new Map(rules as [string, string][]), new Map([...caught, [LAST, 'scan']]));
  for (const { dropped } of Object.values(live.fates)) assert.notEqual(dropped, undefined);
});

/** Each from a network of its own; connect() has the address of the machine. */
const scans = [
  ...['-sS', '-sS -f', '-sF', '-sN', '-sX', '-sM', '-sA', '-sU', '-sY', '-sO', '-sT'].map((how, index) => ({
    how,
    from: how === '-sT' ? undefined : `198.18.${index}.9`,
    to: target.ipv4,
  })),
  ...['-6 -sS', '-6 -sX', '-6 -sU'].map((how, index) => ({
    how,
    from: `2001:db8:${150 + index}::1`,
    to: target.ipv6,
  })),
];
const FEW = '-p 1-20 --max-retries 1 --max-rtt-timeout 200ms --host-timeout 20s'.split(' ');

test('nmap in many ways at once: each source has the same alerts, block and dropped packets', {
  skip: skip || needs('nmap'),
}, async () => {
  const { live, replayed } = await both(KERNEL_RULES, async (lab) => {
    await lab.sentry.execute('ip', ['route', 'add', '198.18.0.0/15', 'dev', lab.sentry.interface]);
    const scanning = scans.map(async ({ how, from, to }) => {
      if (from) await addScanner(lab, from);
      const source = from ? ['-e', lab.scanner.interface, '-S', from] : [];
      await nmap(lab.scanner, [...how.split(' '), ...FEW, ...source, to]);
    });
    await Promise.all(scanning);
  });
  assertEqual(live, replayed);
  assert.equal(Object.keys(live.fates).length, scans.length + 1, 'each of them was caught, and the last one');
});

/** Source by source: what differs is to be seen at a glance. */
function assertEqual(live: Outcome, replayed: Outcome): void {
  for (const [source, fate] of Object.entries(live.fates))
    assert.deepEqual({ source, fate }, { source, fate: replayed.fates[source] });
  assert.deepEqual(live, replayed);
}

/** Lets things happen to a host that a sentry protects, and to a capture. */
async function both(
  policy: string,
  happen: (lab: Lab) => Promise<void>,
): Promise<{ live: Outcome; replayed: Outcome }> {
  await using lab = await Lab.create();
  await serve(lab.sentry);
  const sentry = await LabSentry.start(lab, policy);
  const recorder = await Recorder.start(lab);
  await beServed(lab);
  await happen(lab);
  await sendFrames(lab, lastScan(await linkAddress(lab.sentry)));
  await sentry.waitForLine('the last alert', ({ event, source }) => event === 'alert' && source === LAST);
  await recorder.stop();
  return {
    live: await fatesOf(sentry),
    replayed: await replay(join(lab.directory, 'xdpsentry.yaml'), recorder.path),
  };
}

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
  const { probes, lost } = await sentry.ask({ command: 'status' });
  assert.deepEqual(
    lost.filter(({ count }) => count > 0),
    [],
  );
  const lines = sentry.lines().filter(({ event }) => event === 'alert');
  const sources = new Set([...lines.map(({ source }) => String(source)), ...blocks.keys()]);
  const fates = [...sources].sort().map((source): [string, Fate] => {
    const alerts = lines.filter((line) => line['source'] === source).map(alertOf);
    return [source, { alerts, dropped: blocks.get(source)?.packets }];
  });
  return { probes: sumOf(probes), fates: Object.fromEntries(fates) };
}

async function replay(policy: string, path: string): Promise<Outcome> {
  const { stdout } = await execute(process.execPath, [
    MAIN,
    'replay',
    '--policy',
    policy,
    ...PROTECT,
    '--json',
    path,
  ]);
  const facts = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SourceFacts);
  const fates = facts
    .filter(({ alerted, blocked }) => alerted || blocked)
    .map(({ source, alerts, blocked, dropped }): [string, Fate] => [
      source,
      {
        alerts: alerts.map(({ after, ...alert }) => alertOf({ ...alert, total: after })),
        dropped: blocked ? dropped : undefined,
      },
    ]);
  fates.sort(([a], [b]) => (a < b ? -1 : 1));
  return { probes: sumOf(facts), fates: Object.fromEntries(fates) };
}

const sumOf = (counts: readonly { readonly probes: number }[]): number =>
  counts.reduce((sum, { probes }) => sum + probes, 0);

function alertOf(line: object): Fate['alerts'][number] {
  const { rule, action, probes, total, ports, kinds, destination } = line as Fate['alerts'][number];
  return { rule, action, probes, total, ports, kinds, destination };
}
