import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { slipsIn } from '../../../src/config/slips.ts';

const cases: readonly [yaml: string, slips: readonly string[]][] = [
  ['mode: enforce', []],
  ['interface: [auto, lo, "wg*", "!wg9"]', []],
  [
    'interface: [lo, nosuch0]',
    ['there is no interface nosuch0 at this moment, and without it the sentry does not start'],
  ],
  [
    'ignore: [10.0.0.0/8, 0.0.0.0/0, "::/0"]',
    ['0.0.0.0/0', '::/0'].map(
      (all) => `${all} is on the ignore list: of its family nobody is counted or blocked`,
    ),
  ],
  [
    'lists: [{ name: drop, file: /nowhere/drop.txt }]',
    ['there is no /nowhere/drop.txt at this moment, which is the list drop'],
  ],
  ['responses: { command: { run: "tell $TARGET$ $PORT$ $MODE$ $TARGETS $HOME" } }', []],
  [
    'responses: { command: { run: "tell $TARGET and $PORT", undo: "tell $TARGET$" } }',
    ['TARGET', 'PORT'].map(
      (name) => `$${name} in "tell $TARGET and $PORT" stands for nothing: it is $${name}$ that is replaced`,
    ),
  ],
];

for (const [yaml, slips] of cases) {
  test(yaml, () => assert.deepEqual(slipsIn(parsePolicy(yaml, 'a file')), slips));
}
