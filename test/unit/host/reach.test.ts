/** What a user without capabilities gets at, by modes and owners; the kernel is asked the same where these tests run as root. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { canRead, canReplace, isOwn } from '../../../src/host/reach.ts';
import { needs } from '../../support/capability.ts';

const [STRANGER, GROUP] = [65_534, 65_533];
const root = { uid: 0, gids: [0] };
const member = { uid: 12_345, gids: [12_345, GROUP] };

describe('what root reaches without capabilities', { skip: needs('root') }, () => {
  let directory: string;
  const at = (path: string) => join(directory, path);
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-reach-'));
    chmodSync(directory, 0o755);
    for (const [name, mode, owner] of [
      ['own', 0o755, 0],
      ['home', 0o700, STRANGER],
      ['open', 0o755, STRANGER],
    ] as const) {
      mkdirSync(at(name));
      writeFileSync(at(`${name}/file`), '');
      chownSync(at(`${name}/file`), owner, owner);
      chmodSync(at(`${name}/file`), 0o644);
      chownSync(at(name), owner, owner);
      chmodSync(at(name), mode);
    }
    for (const [name, mode, owner, group] of [
      ['secret', 0o600, STRANGER, STRANGER],
      ['shared', 0o660, STRANGER, GROUP],
      ['shut', 0o400, 0, 0],
      ['blind', 0o077, 0, 0],
      ['group', 0o644, 0, GROUP],
    ] as const) {
      writeFileSync(at(`own/${name}`), '');
      chownSync(at(`own/${name}`), owner, group);
      chmodSync(at(`own/${name}`), mode);
    }
    symlinkSync(at('home/file'), at('own/link'));
    symlinkSync(at('own/file'), at('home/link'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const cases: readonly (readonly [path: string, reads: boolean, replaces: boolean])[] = [
    ['own/file', true, true],
    ['own/none', true, true],
    ['own/none/of/them', true, true],
    ['own/secret', false, false],
    ['own/shared', false, false],
    ['own/shut', true, false],
    ['own/blind', false, false],
    ['own/link', false, false],
    ['home/file', false, false],
    ['home/link', false, false],
    ['home/none', false, false],
    ['open/file', true, false],
    ['open/none', true, false],
    ['open', true, false],
  ];
  for (const [path, reads, replaces] of cases) {
    test(`${path}: ${reads ? 'reads' : 'does not read'}, ${replaces ? 'replaces' : 'does not replace'}`, () => {
      assert.deepEqual([canRead(at(path), root), canReplace(at(path), root)], [reads, replaces]);
    });
  }

  test('is what the kernel says, too', () => {
    const files = cases.map(([path]) => path).filter((path) => path.includes('/') && !path.includes('none'));
    const script = 'for path; do if cat "$path" >/dev/null 2>&1; then echo 1; else echo 0; fi; done';
    const args = ['--bounding-set', '-all', 'sh', '-c', script, 'sh', ...files.map(at)];
    const { stdout } = spawnSync('setpriv', args, { encoding: 'utf8' });
    const read = stdout
      .trim()
      .split('\n')
      .map((word) => word === '1');
    assert.deepEqual(
      read,
      files.map((path) => canRead(at(path), root)),
    );
  });

  test('groups count for who is in them', () => {
    assert.equal(canRead(at('own/shared'), member), true);
    assert.equal(canReplace(at('own/shared'), member), false, 'its directory is not his');
  });

  test('its own is what has its user and one of its groups, and what is not there', () => {
    const own = (path: string) => isOwn(at(path), root);
    assert.deepEqual(
      [own('own/file'), own('own/none'), own('own/secret'), own('own/group')],
      [true, true, false, false],
    );
  });
});
