/** Enforcement that nobody confirms is rolled back, whatever has become of the controller by then; and what that leaves. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { datagramsForNobody, packetsSent } from '../../scripts/lab/counts.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry, Results, Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PESTER = new URL('../../scripts/lab/pester.ts', import.meta.url).pathname;
const { sentry: server, scanner, client } = addresses;
/** Nobody serves it and it is not monitored: what gets there is counted by the network stack. */
const PORT = 5000;
/** Where the first packet is dropped already, and where a test needs time for commands. */
const SHORT = ['--confirm', '8s'];
const LONGER = ['--confirm', '20s'];
const ROLLED_BACK = 'xdpsentry_packets_total{verdict="pass",reason="rolled_back"}';

describe('enforcement that has to be confirmed', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, () => {
  let lab: Lab;
  let listing: string;
  beforeEach(async () => {
    lab = await Lab.create();
    const list = join(lab.directory, 'list.txt');
    writeFileSync(list, `${client.ipv4}\n`);
    listing = `mode: enforce\nlists:\n  - { name: ours, file: ${list} }\n`;
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const pester = async () => {
    const stream = lab.scanner.spawn(process.execPath, [PESTER, client.ipv4, server.ipv4, String(PORT), '5']);
    await stream.waitFor('the stream', () => stream.stdout.includes('ready'));
  };
  const passed = () => datagramsForNobody(lab.sentry);
  const moreAreSent = async () => {
    const before = await packetsSent(lab.scanner);
    await waitUntil('more packets are sent', async () => (await packetsSent(lab.scanner)) > before + 1000);
  };
  /** Packets are sent and none of them gets through. */
  const nobodyGetsIn = async () => {
    const before = await passed();
    await moreAreSent();
    assert.equal(await passed(), before);
  };
  const somebodyGetsIn = async () => {
    const before = await passed();
    await waitUntil('packets get through', async () => (await passed()) > before);
  };
  const listed = (sentry: LabSentry) =>
    sentry.waitForLine('the list', ({ event }) => event === 'list_loaded');
  const line = (sentry: LabSentry, event: string) => sentry.waitForLine(event, (it) => it.event === event);
  const warnings = (sentry: LabSentry) =>
    sentry.lines().flatMap(({ event, text }) => (event === 'warning' ? [String(text)] : []));
  const sourcesOf = async (sentry: LabSentry) =>
    (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source).sort();
  const xdp = async () => {
    const { stdout } = await lab.sentry.execute('ip', ['-json', 'link', 'show', lab.sentry.interface]);
    return (JSON.parse(stdout) as [{ xdp?: unknown }])[0].xdp;
  };
  /** A command on the sentry's host, whether or not one answers. */
  const command = async (...args: string[]) => {
    const socket = join(lab.directory, 'control.sock');
    return await lab.sentry.spawn(process.execPath, [MAIN, ...args, '--socket', socket]).finished;
  };

  test('is rolled back when nobody does: it drops until then, and ends with an error of its own', async () => {
    await pester();
    const sentry = await LabSentry.start(lab, listing, SHORT);
    await listed(sentry);
    const begun = await line(sentry, 'unconfirmed');
    await nobodyGetsIn();
    assert.match(await sentry.metrics(), /^xdpsentry_trial\{state="unconfirmed"\} 1$/m);
    const { code, stderr } = await sentry.ended;
    assert.equal(code, 5);
    assert.match(
      stderr,
      /Enforcement is rolled back: nobody has confirmed it within 8s\n.*docs\/confirm\.md.*\[XS_ERR_ROLLED_BACK\]/,
    );
    const over = await line(sentry, 'rolled_back');
    assert.equal(over['level'], 'error');
    const lastedMs = Date.parse(over.time) - Date.parse(begun.time);
    assert.ok(lastedMs > 7900, `${lastedMs} ms`);
    await somebodyGetsIn();
    assert.equal(await xdp(), undefined);
    assert.deepEqual(lab.pins(), []);
  });

  test('is rolled back by the kernel when the controller was killed, and that can be seen', async () => {
    await pester();
    const first = await LabSentry.start(lab, listing, SHORT);
    await listed(first);
    await nobodyGetsIn();
    await first.die();
    await nobodyGetsIn();
    await somebodyGetsIn();
    assert.notEqual(await xdp(), undefined, 'the program is there');
    for (const asked of ['status', 'confirm']) {
      const { code, stderr } = await command(asked);
      assert.equal(code, 4);
      assert.match(
        stderr,
        new RegExp(
          `on ${lab.sentry.interface} there is the program of process ${first.pid}: nobody had confirmed its enforcement, which was rolled back \\d+m?s ago`,
        ),
      );
    }

    // The next one enforces, and its own time counts, or none.
    const second = await LabSentry.start(lab, listing, ['--confirm', '24h']);
    await listed(second);
    assert.match(
      warnings(second).join('\n'),
      /nobody had confirmed its enforcement, which was rolled back .* ago: since then it has let everybody in/,
    );
    const { trial } = await second.command<Status>('status');
    assert.equal(trial?.state, 'unconfirmed');
    assert.ok(trial.remainingSeconds > 86_000);
    await nobodyGetsIn();
    const counted = metricValue(await second.metrics(), ROLLED_BACK);
    assert.ok(counted > 0, 'what was let in was counted');
    await second.leave();
    const third = await LabSentry.start(lab, listing);
    await listed(third);
    assert.match(
      warnings(third).join('\n'),
      /nobody has confirmed its enforcement, which would be rolled back in 23h59m/,
    );
    await nobodyGetsIn();
    assert.equal((await third.command<Status>('status')).trial, null);
    assert.equal(metricValue(await third.metrics(), ROLLED_BACK), counted);
  });

  test('is rolled back by the kernel while the controller hangs; it ends when it wakes', async () => {
    await pester();
    const sentry = await LabSentry.start(lab, listing, SHORT);
    await listed(sentry);
    await sentry.freeze();
    await nobodyGetsIn();
    const asked = command('status');
    await somebodyGetsIn();
    const { code, stderr } = await asked;
    assert.equal(code, 4);
    assert.match(stderr, /no answer within 10 s; on .* nobody had confirmed its enforcement/);
    sentry.wake();
    assert.equal((await sentry.ended).code, 5);
    assert.equal(await xdp(), undefined);
  });

  test('stays when somebody does: long after that time it drops, and goes on like any other', async () => {
    await pester();
    const first = await LabSentry.start(lab, listing, LONGER);
    await listed(first);
    await first.command('block', '198.18.0.1', '--for', '1h');
    const { time } = await line(first, 'unconfirmed');
    const status = await first.text('status');
    assert.match(
      status,
      /^unconfirmed: \d+s left, then everybody is let in again unless `xdpsentry confirm`/m,
    );
    assert.match(await first.text('confirm'), /^confirmed: enforcement stays; blocks in force: 1\n/);
    assert.match(await first.text('confirm'), /^it was confirmed before; blocks in force: 1\n/);
    await waitUntil('the time is over', async () => Date.now() > Date.parse(time) + 22_000);
    await nobodyGetsIn();
    assert.deepEqual((await first.command<Status>('status')).trial, {
      state: 'confirmed',
      remainingSeconds: 0,
    });
    assert.equal(metricValue(await first.metrics(), ROLLED_BACK), 0);
    await first.die();
    const second = await LabSentry.start(lab, listing);
    assert.deepEqual(warnings(second), [
      `took over from the sentry before, process ${first.pid}; its blocks that go on: 1`,
    ]);
    await assert.rejects(
      second.command('confirm'),
      /There is nothing to confirm: this sentry was started without --confirm/,
    );
  });

  test('is rolled back after SIGTERM, which leaves the program; `detach` says what it was', async () => {
    await pester();
    const sentry = await LabSentry.start(lab, listing, SHORT);
    await listed(sentry);
    assert.equal((await sentry.leave()).code, 0);
    assert.match(
      String(sentry.lines().at(-1)!['msg']),
      /its program stays on .*; nobody has confirmed them: in \d+s everybody is let in; `xdpsentry detach`/,
    );
    await nobodyGetsIn();
    await somebodyGetsIn();
    const { stdout } = await command('detach');
    assert.match(stdout, /^taken off .*; nobody had confirmed it in time, and it let everybody in\n$/);
    assert.equal(await xdp(), undefined);
  });

  describe('blocks that were made meanwhile', () => {
    const EARLIER = '198.18.0.1';
    let answered: string;
    let policy: string;
    beforeEach(() => {
      answered = join(lab.directory, 'answered');
      policy = `mode: enforce
rules: [{ name: fin, kinds: [fin], instant: true, block_for: 1h }]
responses: { command: { run: "echo $TARGET$ >> ${answered}" } }
memory: { path: ${join(lab.directory, 'memory.db')} }
`;
    });

    /** A sentry from before with one block, and one on trial that has made another by a rule and one by hand. */
    const start = async (args: readonly string[]) => {
      const before = await LabSentry.start(lab, policy);
      await before.command('block', EARLIER, '--for', '1h');
      await before.leave();
      const sentry = await LabSentry.start(lab, policy, args);
      await nmap(lab.scanner, ['-sF', '-p', '7', '--max-retries', '0', server.ipv4]);
      await line(sentry, 'alert');
      await sentry.command('block', client.ipv4, '--for', '1h');
      assert.deepEqual(await sourcesOf(sentry), [EARLIER, scanner.ipv4, client.ipv4].sort());
      return sentry;
    };

    test('end with the rollback: no response has run, and no start brings them back', async () => {
      const sentry = await start(LONGER);
      assert.equal((await sentry.ended).code, 5);
      const next = await LabSentry.start(lab, policy);
      assert.deepEqual(await sourcesOf(next), [EARLIER]);
      assert.equal(existsSync(answered), false);
      assert.match(
        await next.text('history', '--source', scanner.ipv4),
        /blocked for 1h/,
        'that can be read',
      );
    });

    test('end as well when the sentry is killed, whether or not its time is over', async () => {
      const sentry = await start(['--confirm', '1h']);
      await sentry.die();
      const next = await LabSentry.start(lab, policy, SHORT);
      assert.deepEqual(await sourcesOf(next), [EARLIER]);
      assert.equal(existsSync(answered), false);
    });

    test('are answered and remembered when it is confirmed', async () => {
      const sentry = await start(['--confirm', '1h']);
      assert.equal(existsSync(answered), false);
      const { before, blocks } = await sentry.command<Results['confirm']>('confirm');
      assert.deepEqual([before, blocks], [false, 3]);
      await sentry.waitForLine(
        'the response',
        ({ event, result }) => event === 'response' && result === 'done',
      );
      await sentry.stop(); // takes them out of the kernel: what comes back was remembered
      const next = await LabSentry.start(lab, policy);
      assert.deepEqual(await sourcesOf(next), [EARLIER, scanner.ipv4, client.ipv4].sort());
    });
  });
});
