/** What `make install` puts where, and what systemd thinks of the unit. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeProgram } from '../../src/cli/program.ts';
import { parsePolicy } from '../../src/config/load.ts';
import { needs } from '../support/capability.ts';

const INSTALL = new URL('../../scripts/install.ts', import.meta.url).pathname;
/** In tenths, as systemd counts: what is left are the network, which it watches, and root, whose pins these are. */
const EXPOSURE = 26;

describe('what is installed', () => {
  let destination: string;
  const at = (path: string) => join(destination, path);
  const run = (action: string, ...args: string[]) => {
    const argv = [INSTALL, action, '--destdir', destination, ...args];
    return spawnSync(process.execPath, argv, { encoding: 'utf8' });
  };
  const unit = () => readFileSync(at('usr/local/lib/systemd/system/xdpsentry.service'), 'utf8');
  before(() => {
    destination = mkdtempSync(join(tmpdir(), 'xdpsentry-install-'));
    assert.equal(run('install').stderr, '');
  });
  after(() => rmSync(destination, { recursive: true }));

  test('runs from there, with the runtime that it came with', () => {
    const script = at('usr/local/sbin/xdpsentry');
    const { stdout, status } = spawnSync(script, ['check', '-c', at('etc/xdpsentry/xdpsentry.yaml')], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, /Mode: observe/.test(stdout)], [0, true]);
    const { stdout: version } = spawnSync(at('usr/local/sbin/portsentry'), ['--help'], { encoding: 'utf8' });
    assert.match(version, /start as PortSentry would/);
  });

  test('is nobody else’s to write to, and has nothing that only developers need', () => {
    const paths = readdirSync(destination, { recursive: true, encoding: 'utf8' }).map(at);
    const open = paths.filter(
      (path) => !lstatSync(path).isSymbolicLink() && (statSync(path).mode & 0o022) !== 0,
    );
    assert.deepEqual(open, []);
    const packages = readdirSync(at('usr/local/lib/xdpsentry/node_modules'));
    for (const name of ['zod', 'pino', 'bpf-loader-native']) assert.ok(packages.includes(name), name);
    for (const name of ['typescript', 'fast-check', '@biomejs']) assert.ok(!packages.includes(name), name);
  });

  test('leaves a configuration alone that is there, and does what its own says', () => {
    const config = at('etc/xdpsentry/xdpsentry.yaml');
    assert.equal(parsePolicy(readFileSync(config, 'utf8'), config).mode, 'observe');
    writeFileSync(config, 'mode: enforce\n');
    assert.equal(run('install').status, 0);
    assert.equal(readFileSync(config, 'utf8'), 'mode: enforce\n');
  });

  test('starts by a unit that names it, wherever it is', () => {
    const words = unit().match(/\/usr\/local\/sbin\/xdpsentry .*/g) ?? [];
    assert.ok(words.length >= 2);
    const known = makeProgram({ out: () => {}, err: () => {} }).commands.map((command) => command.name());
    assert.ok(known.includes('run') && words[0]!.includes(' run '));
    assert.equal(run('install', '--prefix', '/opt/sentry').status, 0);
    const elsewhere = readFileSync(at('opt/sentry/lib/systemd/system/xdpsentry.service'), 'utf8');
    assert.match(elsewhere, /ExecStart=\/opt\/sentry\/sbin\/xdpsentry run/);
    assert.doesNotMatch(elsewhere, /\/usr\/local\//);
  });

  describe('to systemd', { skip: needs('systemd-analyze') }, () => {
    let file: string;
    before(() => {
      file = at('xdpsentry.service');
      writeFileSync(file, unit().replaceAll('/usr/local/sbin/', `${destination}/usr/local/sbin/`));
    });
    const analyze = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['--no-pager', ...args, file], {
        encoding: 'utf8',
      });
      return { status, said: `${stdout}${stderr}` };
    };

    test('is a unit without faults', () => {
      assert.deepEqual(analyze('verify'), { status: 0, said: '' });
    });

    test('and what it is exposed to is little', () => {
      const { status, said } = analyze('security', '--offline=true', `--threshold=${EXPOSURE}`);
      assert.equal(status, 0, said);
      assert.equal(analyze('security', '--offline=true', '--threshold=1').status, 1, 'that it looks');
    });
  });

  test('goes again, and leaves what is the operator’s', () => {
    assert.equal(run('uninstall').status, 0);
    for (const gone of ['sbin/xdpsentry', 'lib/xdpsentry', 'lib/systemd/system/xdpsentry.service'])
      assert.ok(!existsSync(at(`usr/local/${gone}`)), gone);
    assert.ok(existsSync(at('etc/xdpsentry/xdpsentry.yaml')));
  });
});
