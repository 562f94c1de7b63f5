import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Loaded, LoadJob } from '../../../src/lists/load.ts';
import { LoaderThread } from '../../../src/lists/thread.ts';
import { packAll } from '../../../src/values/packed-prefixes.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { prefixesIn } from '../../../src/values/prefix-columns.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-thread-'));
after(() => rmSync(directory, { recursive: true }));
const WORKER = new URL('../../../src/list-worker.ts', import.meta.url);

const exempt = {
  own: packAll([parsePrefix('198.51.100.1')!]),
  ignored: packAll([parsePrefix('2001:db8::/48')!]),
};
function job(name: string, text?: string): LoadJob {
  const path = join(directory, name);
  if (text !== undefined) writeFileSync(path, text);
  return { place: { kind: 'file', path }, format: undefined, maxBytes: 1 << 20, exempt };
}
const networksOf = (result: unknown) => [...prefixesIn((result as Loaded).columns)].map(formatPrefix);

describe('lists on a thread of their own', () => {
  test('are loaded side by side, with the guard that goes with them, again and again', async (t) => {
    const thread = new LoaderThread(WORKER);
    t.after(() => thread.stop());
    const jobs = [job('a', '198.51.100.1\n198.51.100.2\n'), job('b', '2001:db8::1\n2001:db8:1::1\n')];
    for (let round = 0; round < 2; round++) {
      const [a, b] = await Promise.all(jobs.map((each) => thread.load(each)));
      assert.deepEqual(
        [networksOf(a), networksOf(b)],
        [
          ['198.51.100.1', '198.51.100.2'],
          ['2001:db8::1', '2001:db8:1::1'],
        ],
      );
      assert.deepEqual([(a as Loaded).facts.skipped.own, (b as Loaded).facts.skipped.ignored], [1, 1]);
    }
    assert.ok(exempt.own.length > 0, 'what the guard goes by stays here');
  });

  test('one that cannot be loaded says why, and the others are', async (t) => {
    const thread = new LoaderThread(WORKER);
    t.after(() => thread.stop());
    const bad = thread.load(job('absent'));
    const good = thread.load(job('c', '198.51.100.2\n'));
    await assert.rejects(bad, /ENOENT/);
    assert.deepEqual(networksOf(await good), ['198.51.100.2']);
  });

  test('what a thread that dies has not done is told, and the next list gets a thread', async (t) => {
    const mortal = join(directory, 'mortal.mjs');
    writeFileSync(
      mortal,
      `import { parentPort } from 'node:worker_threads';\nparentPort.on('message', ({ id }) => { if (id < 3) throw new Error('out of luck'); parentPort.postMessage({ id, result: 'absent' }); });\n`,
    );
    const thread = new LoaderThread(new URL(`file://${mortal}`));
    t.after(() => thread.stop());
    const jobs = [thread.load(job('d')), thread.load(job('d'))];
    for (const each of jobs) await assert.rejects(each, /out of luck/);
    assert.equal(await thread.load(job('d')), 'absent');
  });

  test('nothing is loaded once they are stopped, nor to the end', async () => {
    const thread = new LoaderThread(WORKER);
    const begun = assert.rejects(thread.load(job('e', '198.51.100.2\n')), /not loaded to the end/);
    await thread.stop();
    await begun;
    await assert.rejects(thread.load(job('e')), /the sentry stops/);
    await thread.stop();
  });

  test('lists of nothing', async (t) => {
    const thread = new LoaderThread(WORKER);
    t.after(() => thread.stop());
    const result = (await thread.load(job('f', '# none\n'))) as Loaded;
    assert.deepEqual([result.facts.ipv4, result.facts.ipv6], [0, 0]);
  });
});
