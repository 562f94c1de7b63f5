/** Why an address is out or in, and what one who blocks or unblocks is told of that. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Results, Why } from '../../../src/control/protocol.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import { makeAnswers, SCANNER } from './make-answers.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-why-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'list.txt');
writeFileSync(path, '198.51.100.64/26\n198.51.96.0/22\n2001:db8:1::/48\n203.0.113.5\n');
const putList = { command: 'block_list', name: 'a', path, format: null, durationMs: null } as const;

/** Verdict, blocks (by what) and entries of lists. */
const shortOf = ({ verdict, blocks, lists }: Why) => [
  verdict,
  blocks.map(({ source, by }) => `${source} ${by}`),
  lists.map(({ name, entry }) => `${name} ${entry}`),
];

describe('the answer to why', () => {
  const cases: readonly (readonly [
    source: string,
    verdict: Why['verdict'],
    blocks: string[],
    lists: string[],
  ])[] = [
    [SCANNER, 'out', [`${SCANNER} xdp`, '198.51.100.0/24 xdp'], ['a 198.51.100.64/26']],
    ['198.51.100.7', 'out', ['198.51.100.0/24 xdp'], []],
    ['198.51.99.255', 'out', [], ['a 198.51.96.0/22']],
    ['2001:db8:1::7', 'out', [], ['a 2001:db8:1::/48']],
    ['2001:db8:2:3::7', 'out', ['2001:db8:2:3::/64 xdp', '2001:db8:2:3::/64 record'], []],
    ['203.0.113.9', 'command', ['203.0.113.9 command'], []],
    ['203.0.113.10', 'in', ['203.0.113.10 record'], []],
    ['203.0.113.4', 'in', [], []],
    ['203.0.113.5', 'out', [], ['a 203.0.113.5']],
    ['203.0.113.6', 'in', [], []],
  ];
  for (const [source, ...expected] of cases) {
    test(`of ${source}: ${expected.flat().join(', ')}`, async (t) => {
      const { ask, block, mark } = makeAnswers(t);
      await ask(putList);
      for (const network of [SCANNER, '198.51.100.0/24', '2001:db8:2:3::/64']) block(network);
      mark({ source: '203.0.113.9', by: 'command' });
      for (const marked of ['203.0.113.10', '2001:db8:2:3::/64']) mark({ source: marked, by: 'record' });
      assert.deepEqual(shortOf(await ask({ command: 'why', source })), expected);
    });
  }

  test('a block: as in the list of blocks', async (t) => {
    const { ask, block } = makeAnswers(t);
    block();
    assert.deepEqual(
      (await ask<Why>({ command: 'why', source: SCANNER })).blocks,
      await ask({ command: 'blocks' }),
    );
  });

  test('a block that the kernel made and whose event is still to come', async (t) => {
    const { ask, dataPlane } = makeAnswers(t);
    dataPlane.blockInstantly(parsePrefix(SCANNER)!, 0, undefined);
    assert.deepEqual(shortOf(await ask({ command: 'why', source: SCANNER })), [
      'out',
      [`${SCANNER} xdp`],
      [],
    ]);
  });

  test('a block that has expired keeps nobody out', async (t) => {
    const { ask, block, dataPlane } = makeAnswers(t);
    block();
    dataPlane.advance(60_000 * 1e6);
    assert.deepEqual(shortOf(await ask({ command: 'why', source: SCANNER })), ['in', [], []]);
  });

  test('who is guarded or ignored is let in, whatever blocks and lists say', async (t) => {
    const { ask, block } = makeAnswers(t, { own: ['198.51.100.65'], ignored: ['198.51.100.96/28'] });
    await ask(putList);
    block('198.51.100.0/24');
    for (const [source, why] of [
      ['198.51.100.65', /address of this host/],
      ['198.51.100.100', /198\.51\.100\.96\/28 is on the ignore list/],
    ] as const) {
      const answer = await ask<Why>({ command: 'why', source });
      assert.match(answer.spared!, why);
      assert.deepEqual(shortOf(answer), ['in', ['198.51.100.0/24 xdp'], ['a 198.51.100.64/26']]);
    }
  });
});

test('unblock: what still keeps the address out', async (t) => {
  const { ask, block } = makeAnswers(t);
  for (const network of [SCANNER, '198.51.100.0/24']) block(network);
  await ask(putList);
  const { now } = await ask<Results['unblock']>({ command: 'unblock', source: SCANNER });
  assert.deepEqual(shortOf(now), ['out', ['198.51.100.0/24 xdp'], ['a 198.51.100.64/26']]);
});

test('unblock of what is not blocked by itself: by what it is covered', async (t) => {
  const { ask, block } = makeAnswers(t);
  block('198.51.100.0/24');
  await ask(putList);
  await assert.rejects(async () => ask({ command: 'unblock', source: SCANNER }), {
    code: 'XS_ERR_NOT_BLOCKED',
    message:
      /: 198\.51\.100\.66 is kept out by others: 198\.51\.100\.0\/24 is blocked for .*; list a has 198\.51\.100\.64\/26$/,
  });
});

describe('block: what one may not expect', () => {
  const spared = { own: ['198.51.100.1'], ignored: ['198.51.100.8/30', '203.0.113.0/24'] };
  const cases: readonly (readonly [source: string, remarks: string[]])[] = [
    ['198.51.100.7', []],
    [
      '198.51.100.0/24',
      [
        'let in nevertheless, for it is guarded: 198.51.100.1',
        'let in nevertheless, for it is on the ignore list: 198.51.100.8/30',
      ],
    ],
    ['2001:db8:1:77::5', ['only this address; a rule would block 2001:db8:1:77::/64']],
    ['2001:db8:1:77::/64', []],
    ['fe80::7', []],
  ];
  for (const [source, remarks] of cases) {
    test(`${source}: ${remarks.length} remarks`, async (t) => {
      const { ask } = makeAnswers(t, spared);
      const request = { command: 'block', source, durationMs: null, reason: null } as const;
      assert.deepEqual((await ask<Results['block']>(request)).remarks, remarks);
    });
  }
});
