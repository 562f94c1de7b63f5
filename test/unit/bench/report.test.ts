import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, ratio } from '../../../scripts/bench/bars.ts';
import { Collection } from '../../../scripts/bench/collect.ts';
import { page } from '../../../scripts/bench/documents.ts';
import { plotsOf } from '../../../scripts/bench/plots.ts';
import { losses, tableOf, toText } from '../../../scripts/bench/report.ts';
import type { Bench, Result } from '../../../scripts/bench/result.ts';
import { summarise } from '../../../scripts/bench/statistics.ts';

const row = (fields: Partial<Result>, samples: readonly number[]): Result => ({
  ...{ part: 'live', tool: 'XDP_DROP', what: 'one source', unit: 'packets/s', family: 4 },
  ...fields,
  ...summarise(samples),
  samples,
});
const bare = row({ blocks: 0, lost: 0 }, [10e6, 4e6, 12e6]);
const ours = row({ tool: 'xdpsentry', blocks: 1, lost: 7 }, [9e6, 4e6, 6e6]);
const bench: Bench = {
  machine: {
    kernel: '6.18',
    cpu: 'a CPU',
    cpus: 2,
    memoryGb: 8,
    node: '24',
    at: '2026-01-01',
    command: 'make',
  },
  results: [bare, ours],
  missing: [
    { part: 'live', tool: 'xdpsentry', what: 'blocked sources', family: 4, blocks: 1000, why: 'no lists' },
  ],
};

test('a ratio is the median of the ratios of the rounds, because what disturbs a round disturbs both', () => {
  assert.equal(ratio(ours, bare), 0.9);
  assert.equal(ratio(ours, undefined), undefined);
});

test('a bar is kept, missed, or not measured', () => {
  const what = 'IPv4: packets/s of one blocked source, over XDP_DROP';
  const verdict = (results: readonly Result[]) => judge(results).find((one) => one.what === what)!;
  assert.deepEqual(verdict([bare, ours]), {
    ...{ what, bar: 'at least 0.9 x', measured: '0.9 x', verdict: 'pass' },
  });
  const slower = row({ tool: 'xdpsentry' }, [8e6, 3e6, 6e6]);
  assert.equal(verdict([bare, slower]).verdict, 'MISS');
  assert.equal(verdict([bare]).verdict, 'not measured');
});

test('a result that JSON has no word for is no pass', () => {
  const lost = JSON.parse(
    JSON.stringify(row({ part: 'controller', tool: 'xdpsentry', what: 'CPU time' }, [Infinity])),
  );
  const nothing = row({}, [0]);
  const verdicts = judge([lost, nothing, ours]).filter(({ verdict }) => verdict !== 'not measured');
  assert.deepEqual(verdicts, []);
});

test('what is no figure is not kept', () => {
  const collection = new Collection();
  const { median, min, max, samples, ...identity } = ours;
  for (const bad of [[Infinity], [1, Number.NaN], []])
    assert.throws(() => collection.add(identity, bad), /no figure/);
  collection.addBound({ ...identity, unit: 'ms' }, { value: 1, isBeyond: true }, 1000);
  assert.deepEqual(
    collection.results.map(({ max, isBeyond }) => ({ max, isBeyond })),
    [{ max: 1000, isBeyond: true }],
  );
  const again = JSON.parse(JSON.stringify(collection)) as Collection;
  assert.match(toText(tableOf(again, 'live')), /over 1,000 +over 1,000 +over 1,000 +ms/);
});

test('a table has what is missing, too, and losses are told of', () => {
  const text = toText(tableOf(bench, 'live'));
  assert.match(
    text,
    /^xdpsentry +one source +v4 +1 +3 +6,000,000 +4,000,000 +9,000,000 +packets\/s +0\.90$/m,
  );
  assert.match(text, /^xdpsentry +blocked sources +v4 +1,000 +not available/m);
  assert.deepEqual(losses(bench.results), ['xdpsentry, IPv4, one source: 7 packets were lost']);
});

test('plots are drawn for the figures that there are, with no number that is none', () => {
  const sized = [1000, 100_000].map((blocks) =>
    row({ tool: 'xdpsentry', what: 'blocked sources', blocks }, [blocks]),
  );
  const plots = plotsOf([...bench.results, ...sized]);
  assert.deepEqual(
    plots.map(({ file }) => file),
    ['blocked.svg', 'packets-per-second.svg'],
  );
  for (const { svg } of plots) {
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.equal(svg.split('<text').length, svg.split('</text>').length);
  }
  assert.deepEqual(plotsOf([]), []);
});

test('the document says machine and command, shows the plots that are there, and why rows are missing', () => {
  const text = page(bench, plotsOf(bench.results));
  assert.match(text, /\| kernel \| 6\.18 \|/);
  assert.match(text, /!\[.*\]\(performance\/packets-per-second\.svg\)/);
  assert.doesNotMatch(text, /innocent\.svg/);
  assert.match(text, /- not available: no lists\n/);
  assert.match(text, /\| xdpsentry \| one source \| v4 \| 1 \| 3 \| 6,000,000 \|/);
});
