/** What `xdpsentry why` and `unblock` say of the answers they get. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlockEntry, Why } from '../../../src/control/protocol.ts';
import { answering } from './answering.ts';

const { run, willAnswer } = answering();

const block = (rest: Partial<BlockEntry>): BlockEntry => ({
  source: '198.51.100.0/24',
  by: 'xdp',
  origin: 'operator',
  reason: 'by hand',
  since: '2026-11-22T12:00:00.000Z',
  until: null,
  remainingSeconds: null,
  packets: 0,
  bytes: 0,
  lastSeen: null,
  ...rest,
});
const why = (rest: Partial<Why>): Why => ({
  source: '198.51.100.7',
  label: null,
  verdict: 'out',
  spared: null,
  blocks: [],
  lists: [],
  ...rest,
});
const lists = [{ name: 'drop', entry: '198.51.100.0/22' }];

const cases: readonly (readonly [says: string, answer: Why, words: string])[] = [
  [
    'out, by blocks and lists',
    why({
      blocks: [
        block({}),
        block({
          source: '198.51.100.7',
          origin: 'local',
          reason: 'scan: 22/tcp',
          until: '2026-11-22T12:10:00.000Z',
          remainingSeconds: 600,
        }),
      ],
      lists,
    }),
    '198.51.100.7 is kept out\n' +
      '  198.51.100.0/24 is blocked until it is lifted, by a person (by hand)\n' +
      '  198.51.100.7 is blocked for 10m, until 2026-11-22T12:10:00.000Z, by a rule (scan: 22/tcp)\n' +
      '  list drop has 198.51.100.0/22\n',
  ],
  ['in', why({ verdict: 'in' }), '198.51.100.7 is let in: no block and no list has it\n'],
  [
    'ignored, and on a list',
    why({ verdict: 'in', spared: '198.51.100.7 is on the ignore list', lists }),
    '198.51.100.7 is let in, whatever blocks and lists say: 198.51.100.7 is on the ignore list\n' +
      '  list drop has 198.51.100.0/22\n',
  ],
  [
    'a command',
    why({ verdict: 'command', blocks: [block({ source: '198.51.100.7', by: 'command', origin: 'local' })] }),
    "198.51.100.7 is let in by the sentry; a rule's command was run for it\n" +
      '  a command was run for 198.51.100.7, which counts until it is lifted, by a rule (by hand)\n',
  ],
  [
    'on record',
    why({ verdict: 'in', blocks: [block({ source: '198.51.100.7', by: 'record', origin: 'local' })] }),
    '198.51.100.7 is let in: no block and no list has it\n' +
      '  198.51.100.7 is on record, which keeps nobody out, until it is lifted, by a rule (by hand)\n',
  ],
];
for (const [says, answer, words] of cases) {
  test(`why: ${says}`, async () => {
    willAnswer(answer);
    assert.equal(await run('why', '198.51.100.7'), words);
    assert.deepEqual(JSON.parse(await run('why', '198.51.100.7', '--json')), answer);
  });
}

test('unblock: what still keeps it out', async () => {
  willAnswer({ source: '198.51.100.7', kept: [], now: why({ blocks: [block({})], lists }) });
  assert.equal(
    await run('unblock', '198.51.100.7'),
    'unblocked 198.51.100.7; 198.51.100.7 is still out: 198.51.100.0/24 is blocked until it is lifted; list drop has 198.51.100.0/22\n',
  );
});

test('unblock: nothing more to say of who is let in', async () => {
  willAnswer({ source: '198.51.100.7', kept: [], now: why({ verdict: 'in' }) });
  assert.equal(await run('unblock', '198.51.100.7'), 'unblocked 198.51.100.7\n');
});

test('block: with what one may not expect', async () => {
  willAnswer({ ...block({}), remarks: ['let in nevertheless, for it is guarded: 198.51.100.1'] });
  assert.equal(
    await run('block', '198.51.100.0/24', '--for', 'forever'),
    'blocked 198.51.100.0/24 until it is lifted\n  let in nevertheless, for it is guarded: 198.51.100.1\n',
  );
});
