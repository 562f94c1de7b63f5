import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText, quoted, shownLine } from '../../../src/lists/quoted.ts';

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

for (const [line, shown] of [
  ['198.51.100.300', '"198.51.100.300"'],
  ['198.51.100.7 255.255.255.0', '"198.51.100.7 255.255.255.0"'],
  ['2001:db8::/129', '"2001:db8::/129"'],
  ['198.51.100.7 a host of mine', '"198.51.100.7 a …"'],
  ['root:$6$salt$hash:19000:0:99999:7:::', 'no address'],
  ['bad:$6$salt$hash:19000:0:99999:7:::', '"bad:…"'],
  ['deadbeefdeadbeef', 'no address'],
  ['password = 1.2.3', 'no address'],
  ['<html>', 'no address'],
  ['', 'no address'],
] as const) {
  test(`of the line ${JSON.stringify(line)} is told: ${shown}`, () => assert.equal(shownLine(line), shown));
}
