/** Who else may change a file: by its own mode and owner, and by each directory and link on the way to it. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  fstatSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { doubtAbout, doubtAboutProgram } from '../../../src/config/trust.ts';
import { needs } from '../../support/capability.ts';

const STRANGER = 65_534;

describe('a file that nobody else may change', () => {
  let directory: string;
  let file: string;
  const at = (path: string) => join(directory, path);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-trust-'));
    mkdirSync(at('etc'));
    chmodSync(at('etc'), 0o755);
    file = at('etc/file');
    writeFileSync(file, '');
    chmodSync(file, 0o644);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** As the configuration is read: opened first, and looked at then. */
  const doubt = (path = file, meanwhile = () => {}) => {
    const fd = openSync(path, 'r');
    try {
      meanwhile();
      return doubtAbout(path, fstatSync(fd));
    } finally {
      closeSync(fd);
    }
  };

  test('is no matter for doubt', () => {
    assert.equal(doubt(), undefined);
    assert.equal(doubt(relative(process.cwd(), file)), undefined);
    assert.equal(doubt(at('etc/../etc/./file')), undefined);
  });

  for (const [mode, who] of [
    [0o646, 'everybody'],
    [0o666, 'everybody'],
    [0o664, `group ${process.getegid!()}`],
    [0o620, `group ${process.getegid!()}`],
  ] as const) {
    const shown = `0${mode.toString(8)}`;
    const remedy = who === 'everybody' ? 'go-w' : 'g-w';

    test(`has another mode than ${shown}`, () => {
      chmodSync(file, mode);
      assert.equal(doubt(), `${who} may write to ${file} (mode ${shown}): chmod ${remedy} ${file}`);
    });

    test(`is in no directory of mode ${shown}, directly or further up, unless that is sticky`, () => {
      const [etc, open] = [at('etc'), mode | 0o111];
      const words = `may write to ${etc} (mode 0${open.toString(8)}): chmod ${remedy} ${etc}`;
      mkdirSync(at('etc/below'));
      renameSync(file, at('etc/below/file'));
      chmodSync(etc, open);
      assert.equal(doubt(at('etc/below/file')), `${who} ${words}`);
      assert.equal(doubtAboutProgram(at('etc/below/file')), `${who} ${words}`);
      chmodSync(etc, open | 0o1000);
      assert.equal(doubt(at('etc/below/file')), undefined);
    });
  }

  test('is not reached through a directory that others may write to, though it is itself elsewhere', () => {
    mkdirSync(at('links'));
    symlinkSync('../etc/file', at('links/file'));
    assert.equal(doubt(at('links/file')), undefined);
    chmodSync(at('links'), 0o777);
    assert.match(doubt(at('links/file'))!, /everybody may write to .*\/links \(mode 0777\)/);
    chmodSync(at('links'), 0o1777);
    assert.equal(doubt(at('links/file')), undefined, 'but the link is ours');
  });

  test('does not lie in a directory that others may write to, though its link is elsewhere', () => {
    symlinkSync(file, at('file'));
    chmodSync(at('etc'), 0o777);
    assert.match(doubt(at('file'))!, /everybody may write to .*\/etc /);
    mkdirSync(at('more'));
    symlinkSync('../etc', at('more/etc'));
    assert.match(doubt(at('more/etc/file'))!, /everybody may write to .*\/etc /);
  });

  test('belongs to root or the one who asks, and so do directories and links', {
    skip: needs('root'),
  }, () => {
    const belongs = (path: string) => `${path} belongs to user ${STRANGER}: chown -h root ${path}`;
    lchownSync(file, STRANGER, STRANGER);
    assert.equal(doubt(), belongs(file));
    lchownSync(file, 0, 0);
    lchownSync(at('etc'), STRANGER, STRANGER);
    chmodSync(at('etc'), 0o1755);
    assert.equal(doubt(), belongs(at('etc')));
    lchownSync(at('etc'), 0, 0);
    symlinkSync(file, at('link'));
    lchownSync(at('link'), STRANGER, STRANGER);
    assert.equal(doubt(at('link')), belongs(at('link')));
    assert.equal(doubtAbout(file, fstatSync(openSync(file, 'r')), STRANGER), undefined);
  });

  test('is the one that was read', () => {
    const swap = () => {
      writeFileSync(at('etc/other'), '');
      renameSync(at('etc/other'), file);
    };
    assert.equal(doubt(file, swap), `${file} was replaced while it was read: try again`);
  });

  test('may be a pipe or a file without a name, which nobody else finds', () => {
    const fd = openSync(file, 'r');
    unlinkSync(file);
    assert.equal(doubtAbout(`/proc/self/fd/${fd}`, fstatSync(fd)), undefined);
    closeSync(fd);
  });

  test('that links lead to without end is none', () => {
    symlinkSync(at('round'), at('round'));
    assert.match(doubtAboutProgram(at('round'))!, /too many symbolic links/);
  });
});
