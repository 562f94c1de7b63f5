import assert from 'node:assert/strict';
import { send } from '../../bench/traffic.ts';
import { makeCrowd } from '../crowd.ts';
import { addresses, type Lab } from '../lab.ts';
import { nmap } from '../nmap.ts';
import { LabSentry, metricValue } from '../sentry.ts';
import { waitUntil } from '../wait.ts';

/** The smallest number of sources that a policy may ask for. */
const SOURCES = 1024;

export type Amount = {
  /** Blocks that there is room for; as many sources more scan. */
  readonly room: number;
  /** Sources of a flood that there is no room for. */
  readonly flood: number;
};

/**
 * Tables of the kernel that are full. Blocks that end make no room for others, which are refused, told of and counted, until they have ended
 * or one is lifted; of those without an end the oldest does. Of sources the one unseen for longest is forgotten, and a scan is found still.
 */
export async function fullTables(lab: Lab, { room, flood }: Amount): Promise<void> {
  const { sentry: server } = addresses;
  const crowd = await makeCrowd(lab, 6 * room + 2, { isDirect: true });
  let scanners = 0;
  const start = (blockFor: string) =>
    LabSentry.start(
      lab,
      `
mode: enforce
tables: { blocks: ${room}, sources: ${SOURCES} }
escalation: off
rules: [{ name: scan, distinct_ports: 2, window: 1h, block_for: ${blockFor} }]
`,
    );
  const scan = async (scanner: string) => {
    const from = ['-S', scanner, '-e', lab.scanner.interface, '--max-retries', '0'];
    await nmap(lab.scanner, ['-sS', ...from, '-p', '1-5', server.ipv4]);
  };
  /** So many more sources scan, each of which is alerted of; answers who they are. */
  const more = async (sentry: LabSentry, count: number) => {
    const theirs = crowd.slice(scanners, scanners + count);
    scanners += count;
    for (const scanner of theirs) {
      await scan(scanner);
      await sentry.waitForLine('the alert', ({ event, source }) => event === 'alert' && source === scanner);
    }
    return theirs;
  };
  const sourcesOf = async (sentry: LabSentry) => [...(await sentry.blocks()).keys()].sort();
  const actionsOn = (sentry: LabSentry, source: string) =>
    sentry
      .lines()
      .flatMap((line) => (line.event === 'alert' && line['source'] === source ? [line['action']] : []));

  // Blocks that end, but not soon.
  const long = await start('1h');
  const first = await more(long, room);
  assert.deepEqual(await sourcesOf(long), first.toSorted());
  const second = await more(long, room);
  assert.deepEqual(await sourcesOf(long), first.toSorted(), 'those that are there stay');
  for (const source of second)
    assert.ok(actionsOn(long, source).includes('failed'), `${source} was not blocked`);
  await long.waitForWarning(/^not blocked: The block table is full/);
  const refused = metricValue(await long.metrics(), 'xdpsentry_events_lost_total{reason="block_table_full"}');
  assert.ok(refused >= room, `${refused} were counted`);
  await assert.rejects(long.ask({ command: 'block', source: '192.0.2.1', durationMs: null, reason: null }), {
    code: 'XS_ERR_TABLE_FULL',
  });
  await long.ask({ command: 'unblock', source: first[0]! });
  await waitUntil('one that goes on has its place', async () => {
    await scan(second[0]!);
    return (await long.blocks()).has(second[0]!);
  });
  assert.equal((await long.stop()).code, 0);

  // Blocks that end soon.
  const short = await start('4s');
  await more(short, room);
  await short.waitFor(
    'all of them to end',
    () => short.lines().filter(({ event }) => event === 'unblocked').length >= room,
  );
  const [late] = await more(short, 1);
  await short.waitForLine('the block', ({ event, source }) => event === 'blocked' && source === late);
  assert.equal((await short.stop()).code, 0);

  // Blocks without an end.
  const endless = await start('forever');
  const old = await more(endless, room);
  const fresh = await more(endless, room);
  await waitUntil(
    'the newest are blocked',
    async () => JSON.stringify(await sourcesOf(endless)) === JSON.stringify(fresh.toSorted()),
  );
  const displaced = endless
    .lines()
    .flatMap(({ event, cause, source }) => (event === 'unblocked' ? [`${cause} ${source}`] : []));
  assert.deepEqual(
    displaced,
    old.map((source) => `displaced ${source}`),
    'the oldest first',
  );

  // More sources than are remembered, twice each: one probe alone leaves hardly a trace.
  for (let round = 0; round < 2; round++) {
    await send(
      lab,
      { family: 4, sources: flood, ports: 0, random: false, source: '198.19.0.1' },
      { packets: flood, packetsPerSecond: 20_000 },
    );
  }
  const { tables } = await endless.ask({ command: 'status' });
  const fill = tables.find(({ table }) => table === 'sources')!;
  assert.ok(
    fill.entries > SOURCES / 2 && fill.entries <= fill.capacity!,
    `${fill.entries} of ${fill.capacity} sources`,
  );
  const [caught] = await more(endless, 1);
  await endless.waitForLine('the block', ({ event, source }) => event === 'blocked' && source === caught);
  assert.equal((await endless.stop()).code, 0);
}
