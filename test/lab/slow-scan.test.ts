/** Scans that take longer than the sentry lives: here a day is a few seconds, and what happens in between is real. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import { needs } from '../support/capability.ts';

const { sentry: server, scanner } = addresses;
/** The kernel carries out the one; of the other, which counts some ports only, it knows nothing. */
const BY_KERNEL = 'distinct_ports: 7, window: 10m';
const BY_CONTROLLER = `${BY_KERNEL}, only: { tcp: 1-100 }`;

const skip = needs('root', 'bpf', 'netns', 'bpffs', 'nmap');

describe('a slow scan', { skip }, () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.create();
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const yaml = (rule: string) => `
mode: enforce
rules: [{ name: patient, ${rule}, block_for: 1h }]
memory: { path: ${join(lab.directory, 'memory.db')} }
`;
  const start = (rule: string) => LabSentry.start(lab, yaml(rule));
  const story = (sentry: LabSentry) => sentry.ask({ command: 'why', source: scanner.ipv4 });
  /** One SYN to each of these ports; resolves when the sentry has been told of them. */
  const probe = async (sentry: LabSentry, first: number, last: number) => {
    await nmap(lab.scanner, ['-sS', '-p', `${first}-${last}`, '--max-retries', '0', server.ipv4]);
    await waitUntil('the probes are known', async () => {
      const { trail } = await story(sentry);
      return trail?.touches.some(({ port }) => port === last) ?? false;
    });
  };
  const alerts = (sentry: LabSentry) => sentry.lines().filter(({ event }) => event === 'alert');
  /** Who asks for the history waits until all is written. */
  const remember = (sentry: LabSentry) =>
    sentry.ask({ command: 'history', source: null, sinceMs: null, limit: 1 });
  /** Kills it and takes away what it has left in the kernel, as a boot does. */
  const reboot = async (sentry: LabSentry) => {
    await sentry.die();
    for (const path of lab.pins()) rmSync(path, { recursive: true });
    const linkOf = async () =>
      (await lab.sentry.execute('ip', ['link', 'show', lab.sentry.interface])).stdout;
    await waitUntil('the program has gone', async () => !(await linkOf()).includes('xdp'));
  };

  for (const [says, end, rule] of [
    ['that a kill of the sentry comes into', (sentry: LabSentry) => sentry.die(), BY_CONTROLLER],
    ['that a reboot comes into', reboot, BY_KERNEL],
  ] as const) {
    test(`${says} is caught with the seventh port`, async () => {
      const first = await start(rule);
      await probe(first, 1, 3);
      await remember(first);
      await end(first);

      const second = await start(rule);
      const { trail, rules } = await story(second);
      assert.deepEqual(trail?.touches.map(({ port }) => port).sort(), [1, 2, 3]);
      assert.deepEqual(rules[0]?.counts, [{ what: 'ports', seen: 3, needed: 7 }]);
      await probe(second, 4, 6);
      assert.deepEqual(alerts(second), []);
      await nmap(lab.scanner, ['-sS', '-p', '7', '--max-retries', '0', server.ipv4]);
      const alert = await second.waitForLine('the alert', ({ event }) => event === 'alert');
      assert.deepEqual([alert['rule'], alert['ports'], alert['action']], ['patient', '1-7/tcp', 'block']);
      const { verdict, trail: whole, history } = await story(second);
      assert.deepEqual([verdict, whole?.probes], ['out', 7]);
      assert.deepEqual(
        history.map(({ event }) => event),
        ['alert', 'blocked'],
      );
      assert.match(await second.text('why', scanner.ipv4), /touched: 1-7\/tcp at .* \(syn\)/);
      assert.equal((await second.stop()).code, 0);
    });
  }

  test('goes on under other rules after a reload', async () => {
    const sentry = await start('distinct_ports: 20, window: 10m');
    await probe(sentry, 1, 6);
    writeFileSync(join(lab.directory, 'xdpsentry.yaml'), yaml(BY_KERNEL));
    await sentry.command('reload');
    assert.deepEqual(alerts(sentry), []);
    await nmap(lab.scanner, ['-sS', '-p', '7', '--max-retries', '0', server.ipv4]);
    const alert = await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
    assert.equal(alert['ports'], '1-7/tcp');
    assert.equal((await sentry.stop()).code, 0);
  });

  test('begins anew when somebody lifts the block, also after a reboot', async () => {
    const first = await start(BY_KERNEL);
    await nmap(lab.scanner, ['-sS', '-p', '1-7', '--max-retries', '0', server.ipv4]);
    await first.waitForLine('the block', ({ event }) => event === 'blocked');
    await first.command('unblock', scanner.ipv4);
    assert.equal((await story(first)).trail?.spent?.by, 'pardon', 'it stays known, and counts no more');
    await remember(first);
    await reboot(first);
    const second = await start(BY_KERNEL);
    assert.equal((await story(second)).trail?.spent?.by, 'pardon');
    await probe(second, 8, 13);
    assert.deepEqual(alerts(second), []);
    assert.equal((await second.stop()).code, 0);
  });
});
