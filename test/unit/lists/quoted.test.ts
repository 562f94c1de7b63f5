import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText, quoted } from '../../../src/lists/quoted.ts';

for (const [text, shown] of [
  ['host.example', '"host.example"'],
  [' a "b" ', '"a \\"b\\""'],
  ['\u001b[2J', '"\\u001b[2J"'],
  ['\u009b31m\u007f', '"?31m?"'],
  ['\u202egpj\u2028x', '"?gpj?x"'],
  ['x'.repeat(61), `"${'x'.repeat(59)}…"`],
] as const) {
  test(`${JSON.stringify(text)} is quoted as ${shown}`, () => assert.equal(quoted(text), shown));
}

test('a text of which nothing does something to a terminal', () => {
  assert.equal(plainText('CN=\u001b[2J\u009b31m\nä\u202e.example'), 'CN=?[2J?31m?ä?.example');
});
