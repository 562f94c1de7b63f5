import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PORTS } from '../../../scripts/bench/answers.ts';
import { afterTheFirst } from '../../../scripts/bench/learn.ts';
import { answeredAfter } from '../../../scripts/bench/reaction.ts';

test('a scan that was not answered at all is no figure, and least of all the best one', () => {
  assert.equal(afterTheFirst('xdpsentry', 'a scan', 1), 0);
  assert.equal(afterTheFirst('xdpsentry', 'a scan', 8), 7);
  assert.throws(() => afterTheFirst('xdpsentry', 'a scan', 0), /no scan took place/);
});

test('without a tool every port answers, or the wire is to blame', () => {
  assert.equal(afterTheFirst('none', 'a scan', PORTS), PORTS - 1);
  assert.throws(() => afterTheFirst('none', 'a scan', PORTS - 1), /1023 of 1024 ports answered/);
});

test('a reaction takes as long as probes after the deciding one are answered; fewer answers are none', () => {
  assert.equal(answeredAfter(20, 20), 0);
  assert.equal(answeredAfter(20, 23), 3);
  assert.throws(() => answeredAfter(20, 19), /19 probes were answered where 20 decide/);
  assert.throws(() => answeredAfter(1, 0), /0 probes were answered/);
});
