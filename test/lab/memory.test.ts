/** What outlives the sentry and the boot: here the kernel's tables are gone, as after one, and the database is there. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { execute } from '../../scripts/lab/process.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import { ask } from '../../src/control/client.ts';
import type { BlockEntry, HistoryEntry, Reloaded, Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PESTER = new URL('../../scripts/lab/pester.ts', import.meta.url).pathname;
const { sentry: server, client, scanner } = addresses;
const CLIENT6 = '2001:db8:0:20::/64';
/** Nobody serves it and it is not monitored. */
const PORT = 5000;

const skip = needs('root', 'bpf', 'netns', 'bpffs', 'nmap');

describe('a sentry with a memory', { skip }, () => {
  let lab: Lab;
  let database: string;
  beforeEach(async () => {
    lab = await Lab.create();
    database = join(lab.directory, 'memory', 'memory.db');
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const start = (more = '') => LabSentry.start(lab, `mode: enforce\n${more}memory: { path: ${database} }\n`);
  const blocksOf = async (sentry: LabSentry) =>
    new Map((await sentry.command<BlockEntry[]>('blocks')).map((entry) => [entry.source, entry]));
  const warnings = (sentry: LabSentry) =>
    sentry
      .lines()
      .flatMap(({ event, text }) => (event === 'memory' || event === 'warning' ? [String(text)] : []));
  const historyOf = (sentry: LabSentry) => sentry.command<HistoryEntry[]>('history');
  const short = ({ event, source, rule, action, cause, seconds }: HistoryEntry) =>
    [event, source, rule, action, cause, seconds].filter((word) => word !== undefined).join(' ');
  /** Kills it and takes away what it has left in the kernel, as a boot does. */
  const reboot = async (sentry: LabSentry) => {
    await sentry.die();
    for (const path of lab.pins()) rmSync(path, { recursive: true });
    const linkOf = async () =>
      (await lab.sentry.execute('ip', ['link', 'show', lab.sentry.interface])).stdout;
    await waitUntil('the program has gone', async () => !(await linkOf()).includes('xdp'));
  };
  const pester = async () => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const args = [client[family], server[family], String(PORT), '5'];
      const running = lab.scanner.spawn(process.execPath, [PESTER, ...args]);
      await running.waitFor('the stream', () => running.stdout.includes('ready'));
    }
  };
  const scan = (ports: string) => nmap(lab.scanner, ['-sS', '-p', ports, '--max-retries', '0', server.ipv4]);

  test('has every block in force again before it watches: not one packet of theirs gets in', async () => {
    const first = await start();
    await first.command('block', client.ipv4, '--for', '1h', '--reason', 'a test');
    await first.command('block', CLIENT6, '--for', 'forever');
    await first.command('block', '198.51.100.30', '--for', '1h');
    await first.command('unblock', '198.51.100.30');
    await scan('1-20');
    await first.waitForLine(
      'the block',
      ({ event, source }) => event === 'blocked' && source === scanner.ipv4,
    );
    const before = await blocksOf(first);
    await historyOf(first); // waits until it is written
    await reboot(first);
    await pester();

    const second = await start();
    await waitUntil('packets of both are dropped', async () => {
      const blocks = await blocksOf(second);
      return [client.ipv4, CLIENT6].every((source) => (blocks.get(source)?.packets ?? 0) > 0);
    });
    const { outcomes } = await second.command<Status>('status');
    assert.equal(outcomes.find(({ reason }) => reason === 'not_monitored')?.packets, 0);
    const after = await blocksOf(second);
    assert.deepEqual([...after.keys()].sort(), [scanner.ipv4, client.ipv4, CLIENT6].sort());
    for (const [source, { origin, reason, since, until }] of after) {
      const old = before.get(source)!;
      assert.deepEqual([origin, reason], [old.origin, old.reason]);
      assert.deepEqual(
        [since.slice(0, 16), until?.slice(0, 16)],
        [old.since.slice(0, 16), old.until?.slice(0, 16)],
      );
    }
    assert.match(warnings(second).join('\n'), /in force again: 3/);
  });

  test('has those by hand in force while it observes, and those of rules once a reload says that it enforces', async () => {
    const first = await start();
    await first.command('block', client.ipv4, '--for', '1h', '--reason', 'a test');
    await scan('1-20');
    await waitUntil('the scanner is blocked', async () => (await blocksOf(first)).has(scanner.ipv4));
    await historyOf(first);
    await reboot(first);

    const yaml = `memory: { path: ${database} }\n`;
    const second = await LabSentry.start(lab, `mode: observe\n${yaml}`);
    assert.deepEqual(
      [...(await blocksOf(second)).values()].map(({ source, reason }) => [source, reason]),
      [[client.ipv4, 'a test']],
    );
    const reload = async (mode: string) => {
      writeFileSync(join(lab.directory, 'xdpsentry.yaml'), `mode: ${mode}\n${yaml}`);
      return await second.command<Reloaded>('reload');
    };
    const isBlockedAgain = () =>
      waitUntil(
        'the scanner is blocked again',
        async () => (await blocksOf(second)).get(scanner.ipv4) ?? false,
      );
    await reload('enforce');
    const { reason, until } = await isBlockedAgain();
    assert.equal((await blocksOf(second)).size, 2);

    const { changes } = await reload('observe');
    assert.ok(
      changes.includes('Blocks of rules that have ended with that, until the sentry enforces again: 1.'),
    );
    assert.deepEqual([...(await blocksOf(second)).keys()], [client.ipv4]);
    await reload('enforce');
    const again = await isBlockedAgain();
    assert.deepEqual([again.reason, again.until?.slice(0, 16)], [reason, until?.slice(0, 16)]);
  });

  test('gives the blocks of a killed sentry their reasons back, and their counts go on', async () => {
    const first = await start();
    await first.command('block', client.ipv4, '--for', '1h', '--reason', 'a test');
    await pester();
    const { packets } = await waitUntil('packets are dropped', async () => {
      const block = (await blocksOf(first)).get(client.ipv4);
      return block !== undefined && block.packets > 0 && block;
    });
    await historyOf(first);
    await first.die();
    const second = await start();
    const block = (await blocksOf(second)).get(client.ipv4)!;
    assert.equal(block.reason, 'a test');
    assert.ok(block.packets > packets, `${block.packets} packets`);
    assert.deepEqual(
      (await historyOf(second)).map(short),
      [`blocked ${client.ipv4} 3600`],
      'it is no other block',
    );
  });

  test('blocks who comes back for longer, after a start as well; and tells its history', async () => {
    const rules = 'rules: [{ name: fin, kinds: [fin], instant: true, block_for: 1s }]\n';
    const more = `${rules}escalation: { factor: 5, cap: 1h }\n`;
    const probe = () => nmap(lab.scanner, ['-sF', '-p', '7', '--max-retries', '0', server.ipv4]);
    const ends = (sentry: LabSentry) => sentry.lines().filter(({ event }) => event === 'unblocked').length;
    const secondsOf = (sentry: LabSentry) =>
      sentry.lines().flatMap(({ event, seconds }) => (event === 'blocked' ? [seconds] : []));

    const first = await start(more);
    await probe();
    await first.waitFor('the first end', () => ends(first) === 1);
    await probe();
    await first.waitFor('the second end', () => ends(first) === 2);
    assert.deepEqual(secondsOf(first), [1, 5]);
    await first.stop();

    const second = await start(more);
    await probe();
    await second.waitFor('the third block', () => secondsOf(second).length === 1);
    assert.deepEqual(secondsOf(second), [25]);
    const { since, until } = (await blocksOf(second)).get(scanner.ipv4)!;
    assert.equal(Math.round((Date.parse(until!) - Date.parse(since)) / 1000), 25);

    const story = (await historyOf(second)).map(short);
    const round = (seconds: number) => [
      `alert ${scanner.ipv4} fin block`,
      `blocked ${scanner.ipv4} ${seconds}`,
      `unblocked ${scanner.ipv4} expired`,
    ];
    assert.deepEqual(story, [...round(1), ...round(5), ...round(25).slice(0, 2)]);
    assert.match(
      await second.text('history', '--source', scanner.ipv4, '--limit', '1'),
      /blocked for 25s \(local: fin: 7\/tcp\)/,
    );
    assert.equal((await second.command<HistoryEntry[]>('history', '--source', client.ipv4)).length, 0);
    await second.stop();
    const { stdout } = await execute(process.execPath, [MAIN, 'history', '--db', database, '--json']);
    assert.deepEqual((JSON.parse(stdout) as HistoryEntry[]).map(short), story);
  });

  test('goes on when the disk is full, says so once, and loses no block for it', async () => {
    const place = join(lab.directory, 'small');
    mkdirSync(place);
    const small = `mount -t tmpfs -o size=256k none ${place} && exec "$@"`;
    const before = ['unshare', '--mount', 'sh', '-c', small, 'sh'];
    const yaml = `mode: enforce\nmemory: { path: ${join(place, 'memory.db')} }\n`;
    const sentry = await LabSentry.start(lab, yaml, [], before);
    const socket = join(lab.directory, 'control.sock');
    const isFull = () => warnings(sentry).filter((text) => text.includes('database or disk is full'));
    const reason = 'a reason that is as long as reasons may be '.repeat(4);
    for (let host = 0; isFull().length === 0; host++) {
      assert.ok(host < 50_000, 'the disk is never full');
      const source = `198.18.${host >> 8}.${host & 255}`;
      await ask(socket, { command: 'block', source, durationMs: null, reason });
    }
    await scan('1-20');
    await waitUntil('the scanner is blocked', async () => (await blocksOf(sentry)).has(scanner.ipv4));
    assert.equal(isFull().length, 1);
    assert.ok((await blocksOf(sentry)).has('198.18.0.0'));
    await assert.rejects(sentry.command('history'), /database or disk is full/);
    assert.match(
      await sentry.text('status'),
      /memory .*memory\.db: cannot be used: database or disk is full/,
    );
    assert.equal((await sentry.stop()).code, 0);
  });

  test('detects and blocks without a database that can be used, and says so', async () => {
    const sentry = await LabSentry.start(lab, `mode: enforce\nmemory: { path: /proc/xdpsentry/memory.db }\n`);
    assert.match(
      warnings(sentry).join('\n'),
      /the memory \/proc\/xdpsentry\/memory.db cannot be used: .*goes on without/,
    );
    await scan('1-20');
    await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
    const lost = 'xdpsentry_events_lost_total{reason="memory_row"}';
    assert.equal(metricValue(await sentry.metrics(), lost), 0, 'there is room for it yet');
    await assert.rejects(sentry.command('history'), /XS_ERR_NO_HISTORY/);
    await sentry.command('unblock', scanner.ipv4);
    assert.equal((await sentry.stop()).code, 0);
  });
});
