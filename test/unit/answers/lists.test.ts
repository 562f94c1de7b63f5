/** What the running sentry answers about lists, and does with them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { ListEntry, Status } from '../../../src/control/protocol.ts';
import { makeAnswers } from './make-answers.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-answers-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'list.txt');
writeFileSync(path, '198.51.100.7\n2001:db8::/32\n10.0.0.1\nx\n');

const request = { command: 'block_list', name: 'a', path, format: null, durationMs: null } as const;

describe('the answer to', () => {
  test('block_list: how the list came out; and it is in force, and among the lists', async (t) => {
    const { ask, dataPlane } = makeAnswers(t);
    const entry = await ask<ListEntry>({ ...request, durationMs: 60_000 });
    assert.deepEqual(entry, {
      name: 'a',
      origin: 'operator',
      state: 'enforced',
      source: path,
      facts: {
        ipv4: 1,
        ipv6: 1,
        repeated: 0,
        skipped: { too_wide: 0, private: 1, own: 0, ignored: 0 },
        skippedLines: [{ line: 3, text: '10.0.0.1 (private)' }],
        bad: 1,
        badLines: [{ line: 4, text: 'no address' }],
      },
      from: 'file',
      loaded: '2026-11-22T12:00:00.000Z',
      checked: '2026-11-22T12:00:00.000Z',
      next: null,
      until: '2026-11-22T12:01:00.000Z',
      error: null,
      packets: 0,
      bytes: 0,
    });
    dataPlane.dropListed(0, 2, 120);
    assert.deepEqual(await ask({ command: 'lists' }), [{ ...entry, packets: 2, bytes: 120 }]);
    assert.deepEqual(await ask({ command: 'blocks' }), [], 'it is no block');
    const { lists } = await ask<Status>({ command: 'status' });
    assert.deepEqual(lists, { count: 1, networks: 2, failing: 0 });
  });

  test('block_list in another format: what is wrong', async (t) => {
    const { ask } = makeAnswers(t);
    await assert.rejects(ask({ ...request, format: 'spamhaus' }), {
      code: 'XS_ERR_LIST',
      message: /0 of 4 lines/,
    });
  });

  test('unblock_list: it is gone', async (t) => {
    const { ask, dataPlane } = makeAnswers(t);
    await ask(request);
    assert.deepEqual(await ask({ command: 'unblock_list', name: 'a' }), { name: 'a' });
    assert.deepEqual([await ask({ command: 'lists' }), dataPlane.listed()], [[], [[]]]);
    await assert.rejects(ask({ command: 'unblock_list', name: 'a' }), { code: 'XS_ERR_NO_LIST' });
  });
});
