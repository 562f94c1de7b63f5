/** When a file is to be read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { List } from '../../../src/lists/list.ts';
import { inFile } from './make-keeper.ts';

const SECOND_NS = 1e9;

/** A list whose file was loaded with the stamp 0, and a look at it: how it looks, and whether it is read then. */
function makeList() {
  const list = new List(inFile('a', '/a'), 'config', undefined);
  let nowNs = 0;
  list.beginFile('0');
  list.dueNs = undefined;
  return {
    list,
    look(stamp: string): boolean {
      nowNs += SECOND_NS;
      list.sawFile(stamp);
      if (!list.isDue(nowNs)) return false;
      list.beginFile(stamp);
      return true;
    },
    load: () => {
      list.dueNs = undefined;
    },
    fail: () => list.fail('it was changed while it was read', nowNs, 1) / 1000,
  };
}

describe('a file is read', () => {
  test('at the second look at which it is the same', () => {
    const { look } = makeList();
    assert.deepEqual(['0', '1', '2', '2'].map(look), [false, false, false, true]);
  });

  test('at the tenth look in a row at which it has changed, and at the tenth from then on', () => {
    const { look, load } = makeList();
    for (let round = 0; round < 3; round++) {
      const reads = Array.from({ length: 10 }, (_, at) => look(`${round}-${at}`));
      assert.deepEqual(reads, [...Array(9).fill(false), true]);
      load();
    }
  });

  test('after the pause when that has failed, however often it changes meanwhile', () => {
    const { look, fail } = makeList();
    for (let at = 1; at <= 10; at++) look(`${at}`);
    const pauseS = fail();
    const reads = Array.from({ length: pauseS }, (_, at) => look(`more-${at}`));
    assert.deepEqual(reads, [...Array(pauseS - 1).fill(false), true]);
  });

  test('at once when it has failed and is then the same at two looks', () => {
    const { look, fail } = makeList();
    for (let at = 1; at <= 10; at++) look(`${at}`);
    fail();
    assert.deepEqual(['x', 'x'].map(look), [false, true]);
  });
});
