/** One list in many forms, and forms that are damaged. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unpacked } from '../../../src/lists/bytes.ts';
import { Cache } from '../../../src/lists/cache.ts';
import { type Loaded, load } from '../../../src/lists/load.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';
import { prefixesIn } from '../../../src/values/prefix-columns.ts';
import { prefixesOf } from '../../support/arbitrary-prefix.ts';
import { guard, nobody, read } from './read.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-forms-'));
after(() => rmSync(directory, { recursive: true }));

const networks = fc
  .array(fc.oneof(prefixesOf(4, 8), prefixesOf(6, 20)), { minLength: 1, maxLength: 30 })
  .map((all) => all.map(formatPrefix));
const spamhaus = (all: readonly string[]) =>
  all.map((cidr) => `${JSON.stringify({ cidr, rir: 'x' })}\n`).join('');
const plain = (all: readonly string[]) => all.map((each) => `${each}\n`).join('');
/** Without what names lines or counts them. */
const held = (text: string | Uint8Array) => read([text]).networks;

test('property: a list says the same as lines and as JSON lines, in any order, and however often', () => {
  fc.assert(
    fc.property(networks, (all) => {
      const once = held(plain(all));
      assert.deepEqual(held(spamhaus(all)), once);
      assert.deepEqual(held(plain(all.toReversed())), once);
      assert.deepEqual(held(plain([...all, ...all])), once);
      assert.deepEqual(held(plain(all).replaceAll('\n', ' ; a comment\r\n')), once);
    }),
  );
});

test('property: what a list holds, written down and read again, is the same', () => {
  fc.assert(
    fc.property(networks, (all) => {
      const once = held(plain(all));
      if (once.length > 0) assert.deepEqual(held(plain(once)), once);
    }),
  );
});

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const unpackedAll = async (bytes: Uint8Array, size: number) => {
  const all: Uint8Array[] = [];
  for await (const chunk of unpacked(pieces(bytes, size))) all.push(chunk);
  return Buffer.concat(all);
};

test('property: what is packed is unpacked, whatever the pieces; and what is cut short anywhere is no list', async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 });
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), fc.nat(), async (content, size, where) => {
      const packed = gzipSync(content);
      assert.deepEqual(await unpackedAll(packed, size), Buffer.from(content));
      const short = packed.subarray(0, 2 + (where % (packed.length - 2)));
      await assert.rejects(unpackedAll(short, size));
    }),
  );
});

test('what unpacks to more than a list may have is refused, however small it is packed', async () => {
  const path = join(directory, 'bomb');
  writeFileSync(path, gzipSync(Buffer.alloc(64 << 20, '#')));
  const job = {
    place: { kind: 'file', path },
    format: undefined,
    maxBytes: 1 << 20,
    exempt: nobody,
  } as const;
  await assert.rejects(load(job, guard), /it is larger than 1048576 bytes/);
});

test('property: a copy gives back what was kept, to the source that it was kept for and to no other', async () => {
  const path = join(directory, 'copy');
  const keep = async (content: string, url: string) => {
    const writer = await new Cache(path, url).write({ etag: '"1"' });
    await writer.add(Buffer.from(content));
    await writer.keep();
  };
  const job = (url: string) =>
    ({
      place: { kind: 'cache', url, cache: path },
      format: undefined,
      maxBytes: 1 << 20,
      exempt: nobody,
    }) as const;
  const [url, other] = ['https://a.example/l', 'https://a.example/m'];
  await fc.assert(
    fc.asyncProperty(
      networks,
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
      async (all, where, noise) => {
        await keep(plain(all), url);
        const copy = (await load(job(url), guard)) as Loaded;
        assert.deepEqual([...prefixesIn(copy.columns)].map(formatPrefix), held(plain(all)));
        assert.equal(await load(job(other), guard), 'absent');

        const bytes = readFileSync(path);
        const at = where % bytes.indexOf('\n');
        writeFileSync(path, Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + noise.length)]));
        const damaged = await load(job(url), guard);
        // Whose copy it is must be plain; what the server gave with it, it will not know any more.
        if (damaged !== 'absent') {
          const { validators, columns } = damaged as Loaded;
          assert.deepEqual([...prefixesIn(columns)].map(formatPrefix), held(plain(all)));
          assert.ok(['undefined', 'string'].includes(typeof validators.etag), JSON.stringify(validators));
        }
      },
    ),
    { numRuns: 60 }, // each is on the disk before it is read
  );
});
