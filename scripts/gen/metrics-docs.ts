/** Writes docs/metrics.md from the metrics themselves, with the label values that are there from the start. */
import type { DataPlane } from '../../src/kernel/data-plane.ts';
import { isPossible, kinds, losses, outcomes, protocols } from '../../src/kernel/names.ts';
import type { ListStatus } from '../../src/lists/status.ts';
import { Metrics } from '../../src/report/metrics.ts';
import { lossReasons, packetReasons, reasonsTable } from './reasons.ts';
import { writeIfChanged } from './write.ts';

const TABLES = ['blocks', 'sources', 'ignored', 'lists'];

/** The labels of a real data plane, and no counts. */
const dataPlane: Pick<DataPlane, 'attachments' | 'isAttached' | 'outcomes' | 'probes' | 'losses' | 'tables'> =
  {
    isAttached: () => true,
    attachments: [
      {
        interface: 'eth0',
        ifindex: 1,
        mode: 'native',
        fallback: undefined,
        unpinned: undefined,
        predecessor: undefined,
      },
    ],
    outcomes: () => outcomes.map(({ verdict, reason }) => ({ verdict, reason, packets: 0, bytes: 0 })),
    probes: () =>
      protocols.flatMap((protocol) =>
        kinds
          .filter((kind) => isPossible(protocol.name, kind.name))
          .map((kind) => ({ protocol: protocol.name, kind: kind.name, probes: 0 })),
      ),
    losses: () => [
      ...losses.map(({ reason }) => ({ reason, count: 0 })),
      { reason: 'undecoded', count: 0 },
      { reason: 'own_address_table_full', count: 0 },
      { reason: 'connected_table_full', count: 0 },
    ],
    tables: async () => TABLES.map((table) => ({ table, entries: 0, capacity: 0, bytes: 0 })),
  };

/** A list of nothing. */
const list: ListStatus = {
  name: '<list>',
  origin: 'config',
  source: '',
  state: 'enforced',
  facts: undefined,
  from: undefined,
  loadedMs: undefined,
  checkedMs: undefined,
  dueNs: undefined,
  expiresNs: undefined,
  error: undefined,
  loads: { loaded: 0, unchanged: 0, failed: 0 },
  drops: { packets: 0, bytes: 0 },
};

const metrics = new Metrics({
  dataPlane: dataPlane as DataPlane,
  trial: { status: null },
  blocks: { count: () => 0 },
  marks: [],
  lists: { status: () => [list] },
  responses: { running: 0, waiting: 0 },
  campaign: () => ({ all: { count: 0, limit: 0 }, rare: { count: 0, limit: 0 } }),
  losses: () => [
    ...dataPlane.losses(),
    { reason: 'connection_unguarded', count: 0 },
    { reason: 'source_forgotten', count: 0 },
    { reason: 'network_forgotten', count: 0 },
    { reason: 'decoy_forgotten', count: 0 },
    { reason: 'trail_forgotten', count: 0 },
    { reason: 'probation_forgotten', count: 0 },
    { reason: 'mark_forgotten', count: 0 },
    { reason: 'regular_forgotten', count: 0 },
    { reason: 'offender_forgotten', count: 0 },
    { reason: 'answer_refused', count: 0 },
    { reason: 'name_refused', count: 0 },
    { reason: 'log_line', count: 0 },
    { reason: 'file_line', count: 0 },
    { reason: 'memory_row', count: 0 },
    { reason: 'trail_row', count: 0 },
  ],
  rules: [{ name: '<rule>' }],
  version: '<version>',
});
const text = await metrics.render();

type Described = { readonly help: string; readonly type: string; readonly labels: Map<string, Set<string>> };
const described = new Map<string, Described>();
for (const [, name, help] of text.matchAll(/^# HELP (xdpsentry_\w+) (.*)$/gm)) {
  const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)![1]!;
  const labels = new Map<string, Set<string>>();
  for (const [, list] of text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'gm'))) {
    for (const [, label, value] of list!.matchAll(/(\w+)="([^"]*)"/g)) {
      if (label !== 'le') labels.set(label!, (labels.get(label!) ?? new Set()).add(value!));
    }
  }
  described.set(name!, { help: help!, type, labels });
}

const rows = [...described].map(([name, { type, help, labels }]) => {
  const list = [...labels].map(([label]) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${list || 'none'} | ${help} |`;
});
const valueRows = [...described].flatMap(([name, { labels }]) =>
  [...labels]
    .filter(([label]) => !['node', 'version', 'interface'].includes(label))
    .map(
      ([label, values]) =>
        `| \`${name}\` | \`${label}\` | ${[...values].map((value) => `\`${value}\``).join(' ')} |`,
    ),
);

const reasonsOf = (metric: string) => described.get(metric)?.labels.get('reason') ?? new Set<string>();

writeIfChanged(
  new URL('../../docs/metrics.md', import.meta.url),
  `# Metrics

Made from the metrics themselves by \`make gen\`.

Served at \`http://127.0.0.1:9731/metrics\` (\`metrics.listen\` in the configuration). Kernel counters are read when they are
asked for, and are exact whatever the controller missed. No address and no port is ever a label. Every label value below
is there from the start, with 0. Besides these there are the \`process_\` and \`nodejs_\` metrics of every Node.js exporter.

The endpoint answers GET and HEAD, a request a connection. There may be 64 connections at one time; for one more, the oldest of the address that has the most is closed, so that
nobody can keep a scraper out. What is asked for or taken too slowly ends after 10 s, and pages are made for a fifth of the time at most, once for all who wait. On a loopback
address a request for a host of another name than that, \`localhost\` or the one in \`metrics.listen\` is refused (421): a page in a browser may have led it there. A proxy in front of it passes on
the address that it asks, not the name that it was asked for.

| metric | type | labels | what it tells |
| --- | --- | --- | --- |
${rows.join('\n')}

## Label values

| metric | label | values |
| --- | --- | --- |
${valueRows.join('\n')}

## Why a packet was passed or dropped

The \`reason\` of \`xdpsentry_packets_total\` and \`xdpsentry_bytes_total\`.

${reasonsTable(reasonsOf('xdpsentry_packets_total'), packetReasons)}

## What was lost

The \`reason\` of \`xdpsentry_events_lost_total\`, and of \`lost\` in \`xdpsentry status\`.

${reasonsTable(reasonsOf('xdpsentry_events_lost_total'), lossReasons)}
`,
);
