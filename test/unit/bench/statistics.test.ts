import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHistogram, percentileBound } from '../../../scripts/bench/histogram.ts';
import { percentile, summarise } from '../../../scripts/bench/statistics.ts';

test('the median of a few samples is the middle one or half way between two, and the spread is beside it', () => {
  assert.deepEqual(summarise([30, 10, 20]), { median: 20, min: 10, max: 30 });
  assert.deepEqual(summarise([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
});

test('so many percent of the samples are no greater than the percentile, and with the next smaller one fewer would be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 1 }),
      fc.integer({ min: 1, max: 100 }),
      (samples, percent) => {
        const value = percentile(samples, percent);
        const percents = (isMeant: (sample: number) => boolean) => 100 * samples.filter(isMeant).length;
        assert.ok(samples.includes(value));
        assert.ok(percents((sample) => sample <= value) >= percent * samples.length);
        assert.ok(percents((sample) => sample < value) < percent * samples.length);
      },
    ),
  );
});

test('of no samples there is no percentile', () => {
  assert.throws(() => percentile([], 50), RangeError);
});

const METRICS = `# TYPE other_seconds histogram
other_seconds_bucket{le="1"} 9
reaction_seconds_bucket{le="0.001"} 98
reaction_seconds_bucket{le="0.01"} 99
reaction_seconds_bucket{le="+Inf"} 100
reaction_seconds_count 100
`;

test('a percentile of a histogram is the upper bound of its bucket; beyond the last bound, it is more than that', () => {
  const histogram = parseHistogram(METRICS, 'reaction_seconds');
  assert.equal(histogram.length, 3);
  assert.deepEqual(percentileBound(histogram, 50), { value: 0.001, isBeyond: false });
  assert.deepEqual(percentileBound(histogram, 99), { value: 0.01, isBeyond: false });
  assert.deepEqual(percentileBound(histogram, 100), { value: 0.01, isBeyond: true });
  assert.throws(() => percentileBound(parseHistogram('', 'reaction_seconds'), 50), RangeError);
});
