import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, MAX_DURATION_MS, parseDuration } from '../../../src/values/duration.ts';

const SIZES = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const unit = fc.constantFrom(...(Object.keys(SIZES) as (keyof typeof SIZES)[]));

describe('parseDuration', () => {
  for (const [text, ms] of [
    ['1ms', 1],
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1m500ms', 60_500],
    ['2w', 1_209_600_000],
    ['010s', 10_000],
    ['3650d', MAX_DURATION_MS],
  ] as const) {
    test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
  }
  for (const text of [
    ...[
      '',
      '10',
      's',
      '5 minutes',
      '5 m',
      ' 5m',
      '5m ',
      '5m\n',
      '-5m',
      '+5m',
      '1.5h',
      '1e3s',
      '5M',
      '5min',
      '1h30',
    ],
    ...['0s', '0h0m', '3650d1ms', '9999999999s', 'forever', '٣s'],
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseDuration(text), undefined));
  }
  test('adds up its parts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), unit), { minLength: 1 }), (parts) => {
        const ms = parts.reduce((sum, [count, name]) => sum + count * SIZES[name], 0);
        const expected = ms > 0 && ms <= MAX_DURATION_MS ? ms : undefined;
        assert.equal(parseDuration(parts.map(([count, name]) => `${count}${name}`).join('')), expected);
      }),
    );
  });
  test('any text is a duration within bounds or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9smhdw]{0,12}$/)), (text) => {
        const ms = parseDuration(text);
        assert.ok(ms === undefined || (Number.isSafeInteger(ms) && ms > 0 && ms <= MAX_DURATION_MS));
      }),
    );
  });
});

describe('formatDuration', () => {
  for (const [ms, text] of [
    [0, '0s'],
    [-5, '0s'],
    [0.9, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [3500, '3s'],
    [60_000, '1m'],
    [60_500, '1m'],
    [5_400_000, '1h30m'],
    [5_410_000, '1h30m'],
    [3_605_000, '1h5s'],
    [86_400_000 * 8, '1w1d'],
  ] as const) {
    test(`${ms} ms is ${text}`, () => assert.equal(formatDuration(ms), text));
  }
  test('never tells more than there is, and less only by what is small beside it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (ms) => {
        const told = parseDuration(formatDuration(ms));
        assert.ok(told !== undefined && told <= ms && told > ms / 2, `${ms} → ${formatDuration(ms)}`);
      }),
    );
  });
  test('what it wrote it writes again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (ms) => {
        const text = formatDuration(ms);
        assert.equal(formatDuration(parseDuration(text)!), text);
      }),
    );
  });
});
