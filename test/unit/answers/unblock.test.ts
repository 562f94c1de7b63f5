/** Who is let in again, by whatever he was kept out. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Results } from '../../../src/control/protocol.ts';
import { makeAnswers, SCANNER } from './make-answers.ts';

describe('the answer to', () => {
  const liftings: readonly (readonly [
    says: string,
    before: (it: ReturnType<typeof makeAnswers>) => void,
    ended: string[],
  ])[] = [
    ['a block', ({ block }) => block(), ['xdp lifted']],
    ['a mark', ({ mark }) => mark(), ['command lifted']],
    [
      'marks of several rules',
      ({ mark }) => [mark(), mark({ rule: 'b', by: 'record' })],
      ['command lifted', 'record lifted'],
    ],
    ['a block and a mark', ({ block, mark }) => [block(), mark()], ['command lifted', 'xdp lifted']],
  ];
  for (const [says, before, causes] of liftings) {
    test(`unblock: ends ${says} of the source, and nothing of others`, async (t) => {
      const it = makeAnswers(t);
      const { ask, block, mark, blocks, marks, ended } = it;
      block('203.0.113.1');
      mark({ source: '203.0.113.2' });
      before(it);
      const now = { source: SCANNER, label: null, verdict: 'in', spared: null, blocks: [], lists: [] };
      assert.deepEqual(await ask({ command: 'unblock', source: SCANNER }), {
        source: SCANNER,
        kept: [],
        now,
      });
      assert.deepEqual(ended, causes);
      assert.deepEqual(
        [...blocks, ...marks].map(({ source }) => source),
        ['203.0.113.1', '203.0.113.2'],
      );
      await assert.rejects(async () => ask({ command: 'unblock', source: SCANNER }), {
        code: 'XS_ERR_NOT_BLOCKED',
      });
    });
  }

  const asked: readonly (readonly [source: string, lifted: string | undefined, left: string[]])[] = [
    ['2001:db8:1:2::66', '2001:db8:1:2::/64', ['2001:db8:1::/48', '2001:db8:1::/64']],
    ['2001:db8:1::/48', '2001:db8:1::/48', ['2001:db8:1:2::/64', '2001:db8:1::/64']],
    ['2001:db8:1:2::/96', undefined, ['2001:db8:1:2::/64', '2001:db8:1::/48', '2001:db8:1::/64']],
  ];
  for (const [source, lifted, left] of asked) {
    test(`unblock ${source}: lifts ${lifted ?? 'nothing'}`, async (t) => {
      const { ask, block, mark, blocks, marks } = makeAnswers(t);
      for (const network of ['2001:db8:1:2::/64', '2001:db8:1::/48']) block(network);
      mark({ source: '2001:db8:1::/64' });
      const answer = ask<{ source: string }>({ command: 'unblock', source });
      if (lifted === undefined) await assert.rejects(answer, { code: 'XS_ERR_NOT_BLOCKED' });
      else assert.equal((await answer).source, lifted);
      assert.deepEqual([...blocks, ...marks].map((it) => it.source).sort(), left.toSorted());
    });
  }

  test('unblock: what no undo command takes back', async (t) => {
    const { ask, mark, block } = makeAnswers(t);
    const responses = 'responses: { route: { run: r $TARGET$ }, command: { run: c } }';
    const kept = async () =>
      (await ask<Results['unblock']>({ command: 'unblock', source: SCANNER }, responses)).kept;
    block(SCANNER, { address: SCANNER, protocol: 'tcp', port: 22 });
    assert.deepEqual(await kept(), ['the route (r $TARGET$)', 'what the command did (c)']);
    block();
    assert.deepEqual(await kept(), [], 'nothing ran for what a person has blocked');
    mark({ by: 'command' });
    assert.deepEqual(await kept(), ['what the command did (c)']);
    mark({ by: 'record' });
    assert.deepEqual(await kept(), []);
  });
});
