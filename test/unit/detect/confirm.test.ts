/** Rules that were decided elsewhere: in the kernel. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector } from '../../../src/detect/detector.ts';
import { rule, Source, seconds } from '../../support/probes.ts';

const scan = rule({ name: 'scan', ports: 4 });
const twice = rule({ name: 'twice', probes: 2 });
const names = (alerts: readonly { readonly rule: { readonly name: string } }[]) =>
  alerts.map((alert) => alert.rule.name);

describe('a confirmed rule', () => {
  test('alerts with what is known, and with as many probes as it took', () => {
    const it = new Detector([scan], 10);
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    const [alert] = it.confirm(source.probe(seconds(2), 80, { untold: 2 }), scan);
    assert.deepEqual(
      alert?.ports.map(({ port }) => port),
      [22, 80],
    );
    assert.equal(alert.probes, 4);
  });

  test('names no port from before its window', () => {
    const it = new Detector([scan], 10);
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    const [alert] = it.confirm(source.probe(seconds(62), 80), scan);
    assert.deepEqual(
      alert?.ports.map(({ port }) => port),
      [80],
    );
  });

  test('that would have fired by itself is one alert, and is quiet for its window', () => {
    const it = new Detector([twice], 10);
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    assert.deepEqual(names(it.confirm(source.probe(seconds(2), 22), twice)), ['twice']);
    assert.deepEqual(it.observe(source.probe(seconds(3), 22)), []);
  });

  test('alerts though it was quiet', () => {
    const it = new Detector([twice], 10);
    const source = new Source();
    for (const at of [1, 2]) it.observe(source.probe(seconds(at), 22));
    assert.deepEqual(names(it.confirm(source.probe(seconds(3), 22), twice)), ['twice']);
  });

  test('is one alert when two CPUs find it in the same moment, and another later', () => {
    const it = new Detector([scan], 10);
    const source = new Source();
    const [first, second] = [source.probe(seconds(1), 22), source.probe(seconds(1) + 900, 23)];
    assert.deepEqual(names(it.confirm(second, scan)), ['scan']);
    assert.deepEqual(it.confirm(first, scan), []);
    assert.deepEqual(names(it.confirm(source.probe(seconds(2), 24), scan)), ['scan']);
  });

  test('with each probe alerts for each of them', () => {
    const each = rule({ again: 'probe' });
    const it = new Detector([each], 10);
    const source = new Source();
    for (const port of [22, 23]) assert.equal(it.confirm(source.probe(seconds(1), port), each).length, 1);
  });

  test('leaves the others to what they make of the probe, in their order', () => {
    const [before, never] = [
      rule({ name: 'before', ports: 2 }),
      rule({ name: 'never', kinds: new Set(['fin']) }),
    ];
    const it = new Detector([before, never, scan], 10);
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    assert.deepEqual(names(it.confirm(source.probe(seconds(2), 23), scan)), ['before', 'scan']);
  });
});
