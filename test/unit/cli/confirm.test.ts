/** What `xdpsentry confirm` and `status` say of enforcement that has to be confirmed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Results, Status, Why } from '../../../src/control/protocol.ts';
import { answering } from './answering.ts';

const { run, willAnswer, asked } = answering();

const COMING_FROM = '198.51.100.20';
const asker: Why = {
  source: COMING_FROM,
  label: null,
  verdict: 'in',
  spared: 'it is the address that you are logged in from',
  blocks: [],
  lists: [],
};
const lists = [{ name: 'drop', entry: '198.51.100.0/24' }];

const answers: readonly (readonly [says: string, answer: Results['confirm'], words: string])[] = [
  [
    'it stays',
    { before: false, blocks: 3, asker: null },
    'confirmed: enforcement stays; blocks in force: 3\n',
  ],
  ['it stays already', { before: true, blocks: 0, asker }, 'it was confirmed before; blocks in force: 0\n'],
  [
    'who asks is spared for his login alone',
    { before: false, blocks: 0, asker: { ...asker, lists } },
    'confirmed: enforcement stays; blocks in force: 0\n' +
      `  mind: ${COMING_FROM}, which you come from, is let in only because it is the address that you are logged in from; list drop has 198.51.100.0/24\n`,
  ],
  [
    'who asks is out',
    { before: false, blocks: 0, asker: { ...asker, verdict: 'out', spared: null, lists } },
    'confirmed: enforcement stays; blocks in force: 0\n' +
      `  mind: ${COMING_FROM}, which you come from, is out; list drop has 198.51.100.0/24\n`,
  ],
];
for (const [says, answer, words] of answers) {
  test(`confirm: ${says}`, async () => {
    willAnswer(answer);
    assert.equal(await run('confirm'), words);
  });
}

test('confirm: says where the asker is logged in from', async (t) => {
  const before = process.env['SSH_CONNECTION'];
  process.env['SSH_CONNECTION'] = `${COMING_FROM} 50000 198.51.100.1 22`;
  t.after(() => {
    if (before === undefined) delete process.env['SSH_CONNECTION'];
    else process.env['SSH_CONNECTION'] = before;
  });
  willAnswer({ before: false, blocks: 0, asker: null });
  await run('confirm', '--json');
  assert.deepEqual(asked.at(-1), { command: 'confirm', loggedInFrom: COMING_FROM });
});

const status: Status = {
  version: '1.2.3',
  pid: 42,
  uptimeSeconds: 23,
  policy: 'a.yaml',
  mode: 'enforce',
  trial: null,
  interfaces: [{ interface: 'eth0', xdp: 'native', isAttached: true, fallback: null }],
  capabilities: [],
  metrics: null,
  alerts: 0,
  blocks: 0,
  lists: { count: 0, networks: 0, failing: 0 },
  outcomes: [],
  probes: [],
  modes: null,
  responses: { running: 0, waiting: 0 },
  memory: null,
  lost: [],
  tables: [],
};
for (const [trial, words] of [
  [null, undefined],
  [{ state: 'confirmed', remainingSeconds: 0 }, undefined],
  [
    { state: 'unconfirmed', remainingSeconds: 97 },
    'unconfirmed: 1m37s left, then everybody is let in again unless `xdpsentry confirm` is typed before',
  ],
  [
    { state: 'rolled_back', remainingSeconds: 0 },
    'rolled back: nobody has confirmed in time, and nothing is blocked any more',
  ],
] as const) {
  test(`status: ${trial?.state ?? 'no trial'}`, async () => {
    willAnswer({ ...status, trial });
    const lines = (await run('status')).split('\n');
    assert.deepEqual(
      lines.find((line) => /confirm|rolled/.test(line)),
      words,
    );
  });
}
