import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareOf, shareText } from '../../../scripts/eval/interval.ts';

test('the interval is Wilson’s: of all and of none it is not a point', () => {
  const rounded = ({ low, high }: { low: number; high: number }) => [low, high].map((it) => it.toFixed(3));
  assert.deepEqual(rounded(shareOf(10, 10)), ['0.722', '1.000']);
  assert.deepEqual(rounded(shareOf(0, 10)), ['0.000', '0.278']);
  assert.deepEqual(rounded(shareOf(81, 263)), ['0.255', '0.366']); // E. B. Wilson's example, by R's prop.test
  assert.deepEqual(rounded(shareOf(0, 0)), ['0.000', '1.000']);
});

test('a share in words', () => {
  assert.equal(shareText(shareOf(35, 36)), '35/36, 86-100 %');
  assert.equal(shareText(shareOf(0, 0)), 'none');
});
