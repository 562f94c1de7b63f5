import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Regulars } from '../../../src/exempt/regulars.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';

const named = (text: string) => ({ text, source: parsePrefix(text)! });
const ALICE = named('198.51.100.20');
const BOB = named('198.51.100.21');
const HOUR_MS = 3_600_000;

/** Connections as lines: `seconds port-there port-here`. Answers whether each made a regular of the source. */
function notes(regulars: Regulars, lines: string, source = ALICE): boolean[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [seconds, there, here] = line.trim().split(/\s+/).map(Number);
      return regulars.note(source, [there!, here!], seconds! * 1000);
    });
}

describe('a regular', () => {
  for (const [says, lines, expected] of [
    [
      'has come four times in ten seconds to one port',
      `
      0  40000 443
      1  40001 443
      2  40002 443
      10 40003 443`,
      true,
    ],
    [
      'may as well be called by this host, again and again',
      `
      0  5432 40000
      1  5432 40001
      2  5432 40002
      10 5432 40003`,
      true,
    ],
    [
      'has not come all at once',
      `
      0 40000 443
      0 40001 443
      0 40002 443
      9 40003 443`,
      false,
    ],
    [
      'has not come less often, however long it stays',
      `
      0  40000 443
      5  40001 443
      10 40002 443
      15 40002 443
      20 40000 443
      30 40001 443`,
      false,
    ],
    [
      'does not go from port to port',
      `
      0  40000 22
      5  40001 80
      10 40002 443
      15 40003 8080
      20 40004 8443`,
      false,
    ],
    [
      'has not stayed away for longer than an hour meanwhile',
      `
      0    40000 443
      1    40001 443
      2    40002 443
      3601 40003 443
      3611 40004 443`,
      false,
    ],
  ] as const) {
    test(says, () => {
      const regulars = new Regulars();
      const news = notes(regulars, lines);
      assert.equal(regulars.has(ALICE.text), expected);
      assert.deepEqual([news.includes(true), news.at(-1)], [expected, expected]);
      assert.deepEqual([...regulars], expected ? [ALICE] : []);
    });
  }

  const often = (regulars: Regulars, source = ALICE, fromSeconds = 0) =>
    notes(regulars, [0, 4, 8, 12].map((at) => `${fromSeconds + at} ${40_000 + at} 443`).join('\n'), source);

  test('is one for an hour after it was here last', () => {
    const regulars = new Regulars();
    often(regulars);
    notes(regulars, '100 40099 443');
    assert.equal(regulars.sweep(100_000 + HOUR_MS), false);
    assert.equal(regulars.has(ALICE.text), true);
    assert.equal(regulars.sweep(100_001 + HOUR_MS), true);
    assert.equal(regulars.has(ALICE.text), false);
  });

  test('makes room for others when it was away longest', () => {
    const regulars = new Regulars(2);
    often(regulars);
    often(regulars, BOB, 20);
    notes(regulars, '40 40050 443');
    often(regulars, named('198.51.100.22'), 50);
    assert.deepEqual(
      [...regulars].map(({ text }) => text),
      [ALICE.text, '198.51.100.22'],
    );
  });

  test('is never one of more than there is room for, whoever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9), fc.nat(5), fc.constantFrom(22, 443), fc.nat(8_000)), { maxLength: 200 }),
        (visits) => {
          const regulars = new Regulars(3);
          let nowMs = 0;
          for (const [who, port, service, after] of visits) {
            nowMs += after;
            regulars.note(named(`198.51.100.${who}`), [40_000 + port, service], nowMs);
            assert.ok([...regulars].length <= 3);
          }
        },
      ),
    );
  });
});
