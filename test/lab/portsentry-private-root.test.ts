/** The harness itself: what runs in a private root cannot reach the machine's files, and does not outlive it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { PrivateRoot } from '../../scripts/lab/private-root.ts';
import { Syslog } from '../../scripts/lab/syslog.ts';
import { needs } from '../support/capability.ts';

const skip = needs('root', 'netns');

test('a private root keeps what is done in it, and goes with its daemons', { skip }, async () => {
  await using lab = await Lab.create();
  const root = await PrivateRoot.create(lab.sentry, join(lab.directory, 'root'));
  const hosts = readFileSync('/etc/hosts', 'latin1');
  assert.equal(readFileSync(root.path('/etc/hosts'), 'latin1'), hosts, 'a copy');

  await root.execute('sh', [
    '-c',
    'echo x >>/etc/hosts; for d in /root /run /var/lib /var/log; do echo x >$d/xs-private; done',
  ]);
  assert.equal(readFileSync('/etc/hosts', 'latin1'), hosts, "the machine's is as it was");
  assert.equal(readFileSync(root.path('/etc/hosts'), 'latin1'), `${hosts}x\n`);
  for (const directory of ['/root', '/run', '/var/lib', '/var/log']) {
    assert.equal(existsSync(`${directory}/xs-private`), false, directory);
  }
  writeFileSync(root.path('/var/lib/from-outside'), 'y');
  assert.equal((await root.execute('cat', ['/var/lib/from-outside'])).stdout, 'y');
  assert.throws(() => root.path('/usr/bin/env'), /is the machine's/);

  await root.execute('sh', ['-c', 'setsid sleep 1000 <&- >&- 2>&- & head -c 8 /dev/urandom >/dev/null']);
  const [daemon] = root.processes().filter(({ command }) => command === 'sleep 1000');
  assert.ok(daemon, 'a daemon goes on when its starter has ended');
  await root.dispose();
  assert.equal(existsSync(`/proc/${daemon.pid}`), false);
});

test('its system log is the test’s', { skip, timeout: 15_000 }, async () => {
  await using lab = await Lab.create();
  await using root = await PrivateRoot.create(lab.sentry, join(lab.directory, 'root'));
  const syslog = await Syslog.listen(lab.sentry, root.path('/dev/log'));
  const count = 400;
  await root.execute('sh', ['-c', `seq ${count} | logger --id --tag test --priority local0.err`]);
  while (syslog.lines().length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(
    syslog.lines().map(({ text }) => text),
    Array.from({ length: count }, (_, index) => String(index + 1)),
  );
  assert.deepEqual(
    [...new Set(syslog.lines().map(({ ident, priority }) => `${ident} ${priority}`))],
    ['test 131'],
  );
});
