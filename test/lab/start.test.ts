/** Starting under difficulties: clear words, the right exit code, and nothing left on the interface. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadByIproute2 } from '../../scripts/lab/iproute2.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import type { Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const OTHER = new URL('../../build/xdpsentry.bpf.o', import.meta.url).pathname;
const skip = needs('root', 'bpf', 'netns');

describe('starting', { skip }, () => {
  let lab: Lab;
  let config: string;
  before(async () => {
    lab = await Lab.create();
    config = join(lab.directory, 'xdpsentry.yaml');
    writeFileSync(config, 'memory: { path: off }\n');
  });
  after(async () => {
    await lab?.dispose();
  });

  const run = (args: readonly string[], before: readonly string[] = []) =>
    lab.sentry.spawn([...before, process.execPath][0]!, [
      ...[...before, process.execPath].slice(1),
      MAIN,
      'run',
      '--socket',
      join(lab.directory, 'control.sock'),
      ...(args.includes('-c') ? [] : ['-c', config]),
      ...args,
    ]).finished;
  const xdpOn = async (name: string) =>
    (
      JSON.parse((await lab.sentry.execute('ip', ['-json', 'link', 'show', name])).stdout) as [
        { xdp?: object },
      ]
    )[0].xdp;

  test('on an interface that does not exist', async () => {
    const { code, stderr } = await run(['--interface', 'nope0']);
    assert.equal(code, 3);
    assert.match(stderr, /There is no such interface: nope0/);
  });

  test('without an interface where there is no default route', async () => {
    const { code, stderr } = await run([]);
    assert.equal(code, 3);
    assert.match(stderr, /no default route/);
  });

  test('with a wrong configuration', async () => {
    const config = join(lab.directory, 'wrong.yaml');
    writeFileSync(config, 'mode: sometimes\n');
    const { code, stderr } = await run(['-c', config, '--interface', lab.sentry.interface]);
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.yaml:1:7: mode: .*observe.*enforce/);
    assert.equal(await xdpOn(lab.sentry.interface), undefined);
  });

  test('with a configuration that is not there', async () => {
    const { code, stderr } = await run(['-c', '/nonexistent.yaml']);
    assert.equal(code, 2);
    assert.match(stderr, /cannot be read: .*\/nonexistent\.yaml/);
  });

  test('with the metrics port taken: says so, and takes the program off again', async () => {
    const taken = lab.sentry.spawn(process.execPath, [
      '-e',
      "require('net').createServer().listen(9731, '127.0.0.1', () => console.log('ready'))",
    ]);
    await taken.waitFor('the other server', () => taken.stdout.includes('ready'));
    const { code, stderr } = await run(['--interface', lab.sentry.interface]);
    assert.equal(code, 3);
    assert.match(stderr, /127\.0\.0\.1:9731: another program listens there/);
    assert.equal(await xdpOn(lab.sentry.interface), undefined);
    await taken.stop();
  });

  test('beside another XDP program: says which and leaves it alone', async () => {
    const { interface: name } = lab.sentry;
    const link = ['link', 'set', 'dev', name, 'xdpgeneric'];
    await loadByIproute2(lab.sentry, 'ip', [...link, 'obj', OTHER, 'sec', 'xdp']);
    const before = await xdpOn(name);
    const { code, stderr } = await run(['--interface', name]);
    assert.equal(code, 3);
    const said = new RegExp(`sits on the interface: ${name} has program (\\d+) \\(\`(.*)\` has its name\\)`);
    const [, id, command = ''] = said.exec(stderr) ?? assert.fail(stderr);
    const [ip, ...words] = command.split(' ');
    assert.match((await lab.sentry.execute(ip!, words)).stdout, new RegExp(`\\bid ${id} name xdpsentry\\b`));
    assert.deepEqual(await xdpOn(name), before);
    await lab.sentry.execute('ip', [...link, 'off']);
  });

  test('with any of the capabilities missing', async () => {
    for (const left of ['-all', '-all,+net_admin,+perfmon', '-all,+bpf,+perfmon', '-all,+bpf,+net_admin']) {
      const { code, stderr } = await run(
        ['--interface', lab.sentry.interface],
        ['setpriv', '--bounding-set', left],
      );
      assert.equal(code, 3, left);
      assert.match(stderr, /CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON/, left);
      const missing = ['bpf', 'net_admin', 'perfmon'].filter((name) => !left.includes(`+${name}`));
      for (const name of missing)
        assert.match(stderr, new RegExp(`: .*CAP_${name.toUpperCase()}.* missing`), left);
    }
  });

  test('with CAP_SYS_ADMIN where there is no CAP_BPF and CAP_PERFMON, as container engines of that time give it', async () => {
    const only = ['setpriv', '--bounding-set', '-all,+sys_admin,+net_admin,+chown'];
    const sentry = await LabSentry.start(lab, 'mode: enforce\n', [], only);
    const { capabilities } = await sentry.command<Status>('status');
    assert.deepEqual(capabilities, ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']);
    assert.equal((await sentry.stop()).code, 0);
  });

  test('with the three capabilities that the README names, and no other', async () => {
    const only = ['setpriv', '--bounding-set', '-all,+bpf,+net_admin,+perfmon'];
    const sentry = await LabSentry.start(lab, 'mode: enforce\n', [], only);
    assert.equal((await sentry.command<Status>('status')).interfaces[0]?.xdp, 'native');
    await sentry.command('block', '198.51.100.99');
    assert.equal((await sentry.stop()).code, 0);
  });

  test('falls back to generic XDP where the driver has no native one, and says so', async () => {
    await lab.sentry.execute('ip', ['link', 'add', 'br0', 'type', 'bridge']);
    await lab.sentry.execute('ip', ['link', 'set', 'br0', 'up']);
    const sentry = await LabSentry.start(lab, 'attach: auto\n', ['--interface', 'br0']);
    const warning = sentry.lines().find(({ event }) => event === 'warning');
    assert.match(String(warning?.['msg']), /XDP runs in generic mode.*the driver refused native mode/);
    assert.equal((await sentry.command<Status>('status')).interfaces[0]?.xdp, 'generic');
    await sentry.stop();
    await assert.rejects(
      LabSentry.start(lab, 'attach: native\n', ['--interface', 'br0']),
      /The driver does not take/,
    );
  });
});
