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
      return regulars.note(source, { remote: there!, local: here! }, seconds! * 1000);
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
      'may choose its own ports as it likes',
      `
      0  20 443
      1  21 443
      2  22 443
      10 23 443`,
      true,
    ],
    [
      'is none by coming from one port to many',
      `
      0  20 22
      1  20 80
      2  20 443
      10 20 8080`,
      false,
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

  test('is who a plain list of its connections makes one', () => {
    fc.assert(
      fc.property(visits, (all) => {
        const regulars = new Regulars();
        const expected = new Set<string>();
        const met = new Map<string, { sinceMs: number; ports: Set<number> }>();
        for (const { who, remote, local, nowMs } of inTime(all)) {
          regulars.note(named(who), { remote, local }, nowMs);
          if (expected.has(who)) continue;
          const key = `${who} ${local}`;
          const known = met.get(key);
          if (!known || nowMs - known.sinceMs > HOUR_MS) {
            met.set(key, { sinceMs: nowMs, ports: new Set([remote]) });
            continue;
          }
          if (known.ports.has(remote)) continue;
          known.ports.add(remote);
          if (known.ports.size >= 4 && nowMs - known.sinceMs >= 10_000) expected.add(who);
        }
        assert.deepEqual(new Set([...regulars].map(({ text }) => text)), expected);
        fc.pre(expected.size > 0);
      }),
    );
  });

  test('is never one of more than there is room for, whoever comes', () => {
    fc.assert(
      fc.property(visits, (all) => {
        const regulars = new Regulars(1);
        let haveBeen = 0;
        for (const { who, remote, local, nowMs } of inTime(all)) {
          if (regulars.note(named(who), { remote, local }, nowMs)) haveBeen++;
          assert.equal([...regulars].length, Math.min(haveBeen, 1));
        }
      }),
    );
  });
});

/** Who comes from which port to which, and how long after the one before: often enough that there are regulars. */
const visits = fc.array(fc.tuple(fc.nat(2), fc.nat(5), fc.constantFrom(22, 443), fc.nat(8_000)), {
  minLength: 20,
  maxLength: 80,
  size: 'max',
});

function inTime(all: readonly (readonly [number, number, number, number])[]) {
  let nowMs = 0;
  return all.map(([who, port, local, after]) => {
    nowMs += after;
    return { who: `198.51.100.${who}`, remote: 40_000 + port, local, nowMs };
  });
}
