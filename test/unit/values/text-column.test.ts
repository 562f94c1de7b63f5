import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextColumn } from '../../../src/values/text-column.ts';

test('each row has its text, or none', () => {
  const row = fc.constantFrom(0, 1, 4095, 4096, 100_000);
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.option(fc.string()))), (steps) => {
      const column = new TextColumn();
      const model = new Map<number, string>();
      for (const [at, text] of steps) {
        if (text === null) column.clear(at);
        else column.set(at, text);
        model.set(at, text ?? '');
        for (const [known, wanted] of model) assert.equal(column.get(known), wanted);
      }
    }),
  );
});

test('more different texts than it keeps in mind are kept all the same', () => {
  const column = new TextColumn();
  for (let row = 0; row < 10_000; row++) column.set(row, `${row}`);
  for (const row of [0, 5000, 9999]) assert.equal(column.get(row), `${row}`);
});
