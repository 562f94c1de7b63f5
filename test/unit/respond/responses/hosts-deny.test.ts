import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { hostsDenyFiles } from '../../../../src/respond/responses/hosts-deny.ts';
import { needs } from '../../../support/capability.ts';

const LINE = 'ALL: 198.51.100.66 : DENY';
const line = (index: number) => `ALL: 198.51.${index >> 8}.${index & 255} : DENY`;

describe('hosts.deny', () => {
  let directory: string;
  let file: string;
  let hostsDeny: ReturnType<typeof hostsDenyFiles>;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-deny-'));
    file = join(directory, 'hosts.deny');
    hostsDeny = hostsDenyFiles();
  });
  afterEach(() => {
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.startsWith('.')),
      [],
      'nothing is left behind',
    );
    rmSync(directory, { recursive: true });
  });
  const text = () => readFileSync(file, 'latin1');
  const mode = (path = file) => statSync(path).mode & 0o7777;

  test('is made when there is none, for everybody to read', async () => {
    assert.equal(await hostsDeny.add(file, LINE), 'done');
    assert.equal(text(), `${LINE}\n`);
    assert.equal(mode(), 0o644);
  });

  test('gets a line once, and loses it, and nothing else of it changes', async () => {
    writeFileSync(file, '# caf\xe9\nALL: PARANOID', 'latin1');
    assert.equal(await hostsDeny.add(file, LINE), 'done');
    assert.equal(await hostsDeny.add(file, LINE), 'skipped');
    assert.equal(text(), `# caf\xe9\nALL: PARANOID\n${LINE}\n`);
    assert.equal(await hostsDeny.remove(file, LINE), 'done');
    assert.equal(await hostsDeny.remove(file, LINE), 'skipped');
    assert.equal(text(), '# caf\xe9\nALL: PARANOID\n');
  });

  test('is not made only to take a line away', async () => {
    assert.equal(await hostsDeny.remove(file, LINE), 'skipped');
    assert.deepEqual(readdirSync(directory), []);
  });

  test('keeps its mode', async () => {
    writeFileSync(file, '');
    chmodSync(file, 0o640);
    await hostsDeny.add(file, LINE);
    assert.equal(mode(), 0o640);
  });

  test('keeps its owner', { skip: needs('root') }, async () => {
    writeFileSync(file, '');
    chownSync(file, 12, 34);
    await hostsDeny.add(file, LINE);
    const { uid, gid } = statSync(file);
    assert.deepEqual([uid, gid], [12, 34]);
  });

  test('is replaced, not overwritten: who has opened it reads the old one to its end', async () => {
    writeFileSync(file, 'old\n');
    linkSync(file, join(directory, 'old'));
    await hostsDeny.add(file, LINE);
    assert.equal(readFileSync(join(directory, 'old'), 'latin1'), 'old\n');
    assert.equal(text(), `old\n${LINE}\n`);
  });

  test('is changed behind a symbolic link, which stays', async () => {
    mkdirSync(join(directory, 'real'));
    symlinkSync('real/deny', join(directory, 'middle'));
    symlinkSync('middle', file);
    assert.equal(await hostsDeny.add(file, LINE), 'done', 'the target is made');
    assert.equal(await hostsDeny.add(file, line(1)), 'done', 'and changed');
    assert.equal(readlinkSync(file), 'middle');
    assert.equal(text(), `${LINE}\n${line(1)}\n`);
    assert.deepEqual(readdirSync(join(directory, 'real')), ['deny']);
  });

  test('is not touched when everybody may write it', async () => {
    writeFileSync(file, '');
    chmodSync(file, 0o646);
    await assert.rejects(hostsDeny.add(file, LINE), /may be written by everybody.*chmod o-w/);
    assert.equal(text(), '');
    chmodSync(file, 0o644);
    assert.equal(await hostsDeny.add(file, LINE), 'done', 'and the next edit does not suffer');
  });

  for (const [what, make] of [
    ['a directory', () => mkdirSync(file)],
    ['a pipe that nobody writes to', () => execFileSync('mkfifo', [file])],
    ['a device', () => symlinkSync('/dev/null', file)],
  ] as const) {
    test(`is not touched when it is ${what}`, async () => {
      make();
      await assert.rejects(hostsDeny.add(file, LINE), /is no regular file/);
    });
  }

  test('is not touched when it is a circle of links, or in no directory', async () => {
    symlinkSync('hosts.deny', file);
    await assert.rejects(hostsDeny.add(file, LINE), { code: 'ELOOP' });
    await assert.rejects(hostsDeny.add(join(directory, 'no/hosts.deny'), LINE), { code: 'ENOENT' });
  });

  for (const wrong of ['a\nb', 'a\r', '\n', 'a\0b']) {
    test(`gets nothing that is not one line: ${JSON.stringify(wrong)}`, async () => {
      await assert.rejects(hostsDeny.add(file, wrong), { name: 'TypeError' });
      await hostsDeny.add(file, LINE);
      assert.equal(text(), `${LINE}\n`);
    });
  }

  test('is edited in the order of the calls', async () => {
    const results = await Promise.all([
      hostsDeny.add(file, LINE),
      hostsDeny.remove(file, LINE),
      hostsDeny.remove(file, LINE),
      hostsDeny.add(file, LINE),
      hostsDeny.add(file, line(1)),
    ]);
    assert.deepEqual(results, ['done', 'done', 'skipped', 'done', 'done']);
    assert.equal(text(), `${LINE}\n${line(1)}\n`);
  });

  test('is rewritten once for 500 sources that come together', async () => {
    writeFileSync(file, '# mine\n');
    let renames = 0;
    const watcher = watch(directory, (event, name) => {
      if (event === 'rename' && name === 'hosts.deny') renames++;
    });
    const lines = Array.from({ length: 500 }, (_, index) => line(index));
    const results = await Promise.all(lines.map((each) => hostsDeny.add(file, each)));
    await new Promise((resolve) => {
      watcher.on('change', (_, name) => name === 'last' && resolve(undefined));
      writeFileSync(join(directory, 'last'), '');
    });
    watcher.close();
    assert.deepEqual(new Set(results), new Set(['done']));
    assert.equal(text(), `# mine\n${lines.join('\n')}\n`);
    assert.equal(renames, 1);
  });

  const LEFT = '.hosts.deny.xdpsentry';
  test('does not keep what a crash has left beside it, and is not made of that', async () => {
    writeFileSync(file, '# mine\n');
    writeFileSync(join(directory, LEFT), 'half of an');
    assert.equal(await hostsDeny.add(file, LINE), 'done');
    assert.equal(text(), `# mine\n${LINE}\n`);
    assert.deepEqual(readdirSync(directory), ['hosts.deny']);
  });

  test('is not written through a link that somebody has put beside it', async () => {
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'keep');
    symlinkSync(victim, join(directory, LEFT));
    assert.equal(await hostsDeny.add(file, LINE), 'done');
    assert.equal(readFileSync(victim, 'latin1'), 'keep');
    assert.equal(text(), `${LINE}\n`);
    assert.ok(!lstatSync(file).isSymbolicLink());
  });

  test('two sentries that edit at the same time both get their lines in', async () => {
    const sentries = [hostsDeny, hostsDenyFiles()];
    const results = await Promise.all(sentries.map((sentry, index) => sentry.add(file, line(index))));
    assert.deepEqual(results, ['done', 'done']);
    assert.deepEqual(text().trimEnd().split('\n').sort(), [line(0), line(1)]);
  });

  test('loses nothing of what another program writes meanwhile', async () => {
    const other = hostsDenyFiles(); // knows nothing of the first, like another process
    const edits = Array.from({ length: 40 }, async (_, index) => {
      await (index % 2 ? hostsDeny : other).add(file, line(index));
      await (index % 2 ? hostsDeny : other).add(file, line(index + 1000));
    });
    const settled = await Promise.allSettled(edits);
    const failed = settled.filter(({ status }) => status === 'rejected').length;
    const there = new Set(text().split('\n'));
    for (const [index, { status }] of settled.entries()) {
      if (status === 'fulfilled') assert.ok(there.has(line(index)), `${line(index)}, failed: ${failed}`);
    }
  });
});

/** Where nothing may be renamed over the file. Mounts are made in a namespace that ends with the command. */
describe('hosts.deny in a container', { skip: needs('root', 'netns') }, () => {
  const module = new URL('../../../../src/respond/responses/hosts-deny.ts', import.meta.url).href;
  const program = `
    const { hostsDenyFiles } = await import('${module}');
    const deny = hostsDenyFiles();
    const [file] = process.argv.slice(1);
    console.log(await deny.add(file, 'a'), await deny.add(file, 'long line'), await deny.remove(file, 'a'));
    console.log(await deny.add(file, 'b'), await deny.remove(file, 'keep'));
  `;
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-mount-'));
    mkdirSync(join(directory, 'etc'));
    writeFileSync(join(directory, 'outside'), 'keep\n');
    writeFileSync(join(directory, 'etc/hosts.deny'), '');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const inside = (mounts: string) =>
    execFileSync(
      'unshare',
      [
        ...['--mount', '--propagation', 'private', 'sh', '-ec'],
        `cd "$1"; ${mounts}; exec "$2" --input-type=module -e "$3" etc/hosts.deny`,
        ...['sh', directory, process.execPath, program],
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
  const MOUNT = 'mount --bind outside etc/hosts.deny';

  for (const [says, mounts] of [
    ['a mount of its own', MOUNT],
    [
      'a mount of its own in a read-only directory',
      `mount --bind etc etc; ${MOUNT}; mount -o remount,bind,ro etc`,
    ],
  ] as const) {
    test(`is written in place when it is ${says}`, () => {
      assert.equal(inside(mounts), 'done done done\ndone done\n');
      assert.equal(readFileSync(join(directory, 'outside'), 'latin1'), 'long line\nb\n');
      assert.deepEqual(readdirSync(join(directory, 'etc')), ['hosts.deny'], 'nothing is left behind');
    });
  }

  test('is told of when it is read-only', () => {
    const readOnly = 'mount --bind etc etc; mount -o remount,bind,ro etc';
    assert.throws(() => inside(readOnly), /EROFS/);
  });
});
