/** Rules that fire with each further probe, and what they count without having been told of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector } from '../../../src/detect/detector.ts';
import { rule, Source, seconds } from '../../support/probes.ts';

const EVER = Number.POSITIVE_INFINITY;
const detector = (wanted: Parameters<typeof rule>[0]) =>
  new Detector([rule({ again: 'probe', ...wanted })], 100);
const YEAR = seconds(365 * 86_400);

describe('a rule that fires with each probe', () => {
  test('fires with the Nth and each one after it, years later, too', () => {
    const it = detector({ probes: 3, windowNs: EVER });
    const source = new Source();
    const fired = [0, 1, YEAR, YEAR, 5 * YEAR].map((atNs) => it.observe(source.probe(atNs, 22)).length);
    assert.deepEqual(fired, [0, 0, 1, 1, 1]);
  });

  test('counts probes to one port as well as to several', () => {
    const it = detector({ probes: 3, windowNs: EVER });
    const source = new Source();
    const fired = [22, 22, 22].map((port, atNs) => it.observe(source.probe(atNs, port)).length);
    assert.deepEqual(fired, [0, 0, 1]);
  });

  test('does not fire with probes that it does not count', () => {
    const it = detector({ probes: 2, windowNs: EVER, kinds: new Set(['syn']) });
    const source = new Source();
    const kinds = ['syn', 'udp', 'syn', 'fin', 'syn'] as const;
    const fired = kinds.map((kind, atNs) => it.observe(source.probe(atNs, 22, { kind })).length);
    assert.deepEqual(fired, [0, 0, 1, 0, 1]);
  });

  test('within a window is quiet again when the window has passed by', () => {
    const it = detector({ probes: 2, windowNs: seconds(10) });
    const source = new Source();
    const fired = [1, 2, 3, 30, 31].map((at) => it.observe(source.probe(seconds(at), 22)).length);
    assert.deepEqual(fired, [0, 1, 1, 0, 1]);
  });

  test('counts each source by itself, however many others come between', () => {
    const it = detector({ probes: 2, windowNs: EVER });
    const slow = new Source('slow');
    it.observe(slow.probe(1, 22));
    for (let other = 0; other < 90; other++) it.observe(new Source(`other ${other}`).probe(2, 22));
    assert.equal(it.observe(slow.probe(YEAR, 22)).length, 1);
  });

  test('starts anew after an operator lifted the answer, and goes on after it expired', () => {
    const it = detector({ probes: 2, windowNs: EVER });
    const source = new Source('a');
    const observe = (atNs: number) => it.observe(source.probe(atNs, 22)).length;
    assert.deepEqual([observe(1), observe(2)], [0, 1]);
    it.rearm('a');
    assert.equal(observe(3), 1);
    it.forget('a');
    assert.deepEqual([observe(4), observe(5)], [0, 1]);
  });
});

describe('a rule for ever that fires once a window', () => {
  test('fires once, and again when its answer has ended', () => {
    const it = new Detector([rule({ probes: 1, windowNs: EVER })], 10);
    const source = new Source('a');
    const observe = (atNs: number) => it.observe(source.probe(atNs, 22)).length;
    assert.deepEqual([observe(0), observe(1), observe(YEAR)], [1, 0, 0]);
    it.rearm('a');
    assert.deepEqual([observe(YEAR), observe(2 * YEAR)], [1, 0]);
  });
});

describe('what an alert says of probes that were not told of', () => {
  const alertsOf = (it: Detector<ReturnType<typeof rule>>, source: Source, untold: readonly number[]) =>
    untold.map((count, atNs) => it.observe(source.probe(atNs, 22, { untold: count }))[0]?.untold);

  test('how many came since the last one', () => {
    assert.deepEqual(
      alertsOf(detector({ windowNs: EVER }), new Source(), [0, 0, 3, 0, 98]),
      [0, 0, 3, 0, 98],
    );
  });

  test('none at first sight, for nobody knows when those came', () => {
    assert.deepEqual(alertsOf(detector({ windowNs: EVER }), new Source(), [500, 1]), [0, 1]);
  });

  test('none where they may have been of other kinds', () => {
    const it = detector({ windowNs: EVER, kinds: new Set(['fin']) });
    const source = new Source();
    it.observe(source.probe(0, 22, { kind: 'syn' }));
    const fin = { kind: 'fin', untold: 9 } as const;
    assert.equal(it.observe(source.probe(1, 22, fin))[0]?.untold, 0);
  });

  test('never less than none, when events come in another order', () => {
    const it = detector({ windowNs: EVER });
    const source = new Source();
    const probes = [0, 1, 2].map((atNs) => source.probe(atNs, 22));
    const untold = [0, 2, 1].map((index) => it.observe(probes[index]!)[0]?.untold);
    assert.deepEqual(untold, [0, 1, 0]);
  });
});
