/** The copies that outlive the sentry, and lists in files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Loaded, type LoadPlace, type LoadResult, load } from '../../../src/lists/load.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';
import { prefixesIn } from '../../../src/values/prefix-columns.ts';
import { guard, nobody } from './read.ts';
import { TestServer } from './serve.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-lists-'));
const cache = join(directory, 'lib', 'lists', 'drop');
after(() => rmSync(directory, { recursive: true }));
let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.stop());
beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
});

const loadFrom = (place: LoadPlace, maxBytes = 1 << 20): Promise<LoadResult> =>
  load({ place, format: undefined, maxBytes, exempt: nobody }, guard);
const fetch = (path?: string) => loadFrom({ kind: 'url', url: server.url(path), validators: {}, cache });
const kept = (url = server.url()) => loadFrom({ kind: 'cache', url, cache });
const networksOf = (result: unknown) => [...prefixesIn((result as Loaded).columns)].map(formatPrefix);
const serve = (body: string | Buffer, headers = {}) => {
  server.handle = (_, response) => void response.writeHead(200, headers).end(body);
};

describe('the copy of a list', () => {
  test('is what the server sent, and what it gave with it; for nobody else to read', async () => {
    serve('198.51.100.7\n', { etag: '"v1"' });
    assert.equal(((await fetch()) as Loaded).unkept, undefined);
    const copy = (await kept()) as Loaded;
    assert.deepEqual([networksOf(copy), copy.validators], [['198.51.100.7'], { etag: '"v1"' }]);
    assert.ok(Math.abs(copy.checkedMs! - Date.now()) < 60_000);
    assert.equal(statSync(cache).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(cache, '..')), ['drop']);
  });

  test('is unpacked, and read as it was: first line first', async () => {
    serve(gzipSync('{"cidr":"198.51.100.0/24"}\n{"cidr":"x"}\n{"type":"metadata"}\n'));
    await fetch();
    const copy = (await kept()) as Loaded;
    assert.deepEqual(networksOf(copy), ['198.51.100.0/24']);
    assert.deepEqual(
      copy.facts.badLines.map(({ line }) => line),
      [2],
    );
  });

  test('is not there before there was a list, and is none of another URL', async () => {
    assert.equal(await kept(), 'absent');
    serve('198.51.100.7\n');
    await fetch('/list?key=1');
    assert.equal(await kept(server.url('/list?key=2')), 'absent');
    assert.deepEqual(networksOf(await kept(server.url('/list?key=1'))), ['198.51.100.7']);
  });

  test('has nothing secret in it', async () => {
    serve('198.51.100.7\n');
    const url = server.url('/list?key=secret1').replace('http://', 'http://me:secret2@');
    await loadFrom({ kind: 'url', url, validators: {}, cache });
    assert.doesNotMatch(readFileSync(cache, 'utf8'), /secret|me:/);
    assert.deepEqual(networksOf(await kept(url)), ['198.51.100.7']);
  });

  test('stays when what comes next is no list', async () => {
    serve('198.51.100.7\n');
    await fetch();
    for (const body of ['<html>', gzipSync('198.51.100.8\n'.repeat(9999)).subarray(0, 50), '']) {
      serve(body);
      await assert.rejects(fetch());
      assert.deepEqual(networksOf(await kept()), ['198.51.100.7']);
      assert.deepEqual(readdirSync(join(cache, '..')), ['drop'], 'nothing is left of the try');
    }
  });

  test('is as young as the last word that it is the latest', async () => {
    serve('198.51.100.7\n', { etag: '"v1"' });
    await fetch();
    utimesSync(cache, 1000, 1000);
    assert.equal(((await kept()) as Loaded).checkedMs, 1_000_000);
    server.handle = (_, response) => void response.writeHead(304).end();
    await loadFrom({ kind: 'url', url: server.url(), validators: { etag: '"v1"' }, cache });
    assert.ok(((await kept()) as Loaded).checkedMs! > 1_000_000);
  });

  test("what a crash has left of a try is in nobody's way", async () => {
    mkdirSync(join(cache, '..'), { recursive: true });
    writeFileSync(`${cache}.new`, 'half');
    serve('198.51.100.7\n');
    await fetch();
    assert.deepEqual(networksOf(await kept()), ['198.51.100.7']);
    assert.ok(!existsSync(`${cache}.new`));
  });

  test('that cannot be kept is said, and the list is there', async () => {
    writeFileSync(join(directory, 'lib'), 'no directory');
    serve('198.51.100.7\n');
    const loaded = (await fetch()) as Loaded;
    assert.deepEqual(networksOf(loaded), ['198.51.100.7']);
    assert.match(loaded.unkept!, /ENOTDIR/);
  });

  const broken: readonly (readonly [says: string, text: string])[] = [
    ['of nothing', ''],
    ['without its first line', '198.51.100.7\n'],
    ['with a first line that is cut', '# xdpsentry keeps {"source":"'],
    ['with a first line without end', `# xdpsentry keeps ${'x'.repeat(100_000)}`],
    ['with a first line of something else', '# xdpsentry keeps []\n198.51.100.7\n'],
  ];
  for (const [says, text] of broken) {
    test(`${says} is none`, async () => {
      mkdirSync(join(cache, '..'), { recursive: true });
      writeFileSync(cache, text);
      assert.equal(await kept(), 'absent');
    });
  }
});

describe('a list in a file', () => {
  const file = join(directory, 'list.txt');
  const loadFile = (maxBytes?: number) => loadFrom({ kind: 'file', path: file }, maxBytes);

  test('is read, packed or not, whatever its name', async () => {
    writeFileSync(file, '198.51.100.7\n');
    assert.deepEqual(networksOf(await loadFile()), ['198.51.100.7']);
    writeFileSync(file, gzipSync('198.51.100.8\n'));
    assert.deepEqual(networksOf(await loadFile()), ['198.51.100.8']);
  });

  test('a million bytes of it come whole', async () => {
    const lines = Array.from({ length: 65_536 }, (_, at) => `198.18.${at >> 8}.${at & 255}`);
    writeFileSync(file, lines.join('\n'));
    const { facts } = (await loadFile()) as Loaded;
    assert.deepEqual([facts.ipv4, facts.bad, facts.repeated], [65_536, 0, 0]);
  });

  const refused: readonly (readonly [says: string, make: () => void, error: RegExp])[] = [
    ['that is not there', () => undefined, /ENOENT/],
    ['that is a directory', () => mkdirSync(file), /EISDIR|is no file/],
    ['that is a pipe, at which nobody waits', () => spawnSync('mkfifo', [file]), /is no file/],
    [
      'that is larger than it may be',
      () => writeFileSync(file, '# \n'.repeat(1000)),
      /larger than 1000 bytes/,
    ],
    [
      'that is packed and cut',
      () => writeFileSync(file, gzipSync('198.51.100.7\n').subarray(0, 20)),
      /unexpected end/,
    ],
    ['of two bytes that look packed', () => writeFileSync(file, Buffer.of(0x1f, 0x8b)), /unexpected end/],
    ['of one byte', () => writeFileSync(file, Buffer.of(0x1f)), /0 of 1 lines/],
  ];
  for (const [says, make, error] of refused) {
    test(`${says} is refused`, async () => {
      make();
      await assert.rejects(loadFile(1000), error);
    });
  }
});
