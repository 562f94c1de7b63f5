import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector } from '../../../src/detect/detector.ts';
import { rule, Source, seconds } from '../../support/probes.ts';

const detector = (...rules: Parameters<typeof rule>[0][]) => new Detector(rules.map(rule), 1000);

describe('a rule for distinct ports', () => {
  test('fires at the port that makes it enough, and tells which ports it counted', () => {
    const it = detector({ name: 'scan', ports: 3 });
    const source = new Source();
    assert.deepEqual(it.observe(source.probe(seconds(1), 21)), []);
    assert.deepEqual(it.observe(source.probe(seconds(2), 22)), []);
    const [alert] = it.observe(source.probe(seconds(3), 23));
    assert.equal(alert?.rule.name, 'scan');
    assert.deepEqual(
      alert?.ports,
      [21, 22, 23].map((port) => ({ protocol: 'tcp', port })),
    );
    assert.equal(alert?.atNs, seconds(3));
  });

  test('does not count the same port twice', () => {
    const it = detector({ ports: 2 });
    const source = new Source();
    for (let at = 1; at < 50; at++) assert.deepEqual(it.observe(source.probe(seconds(at), 22)), []);
  });

  test('counts port 53 of TCP and of UDP as two', () => {
    const it = detector({ ports: 2 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 53));
    assert.equal(it.observe(source.probe(seconds(2), 53, { kind: 'udp' })).length, 1);
  });

  test('forgets ports that are older than the window', () => {
    const it = detector({ ports: 2, windowNs: seconds(10) });
    const source = new Source();
    it.observe(source.probe(seconds(1), 21));
    assert.deepEqual(it.observe(source.probe(seconds(12), 22)), []);
    assert.equal(it.observe(source.probe(seconds(22), 23)).length, 1);
  });
});

describe('a rule for addresses', () => {
  test('fires at the address that makes it enough, whatever the ports, and tells how many it counted', () => {
    const it = detector({ name: 'sweep', hosts: 3 });
    const source = new Source();
    const probe = (at: number, port: number, destination: string) =>
      it.observe(source.probe(seconds(at), port, { destination }));
    assert.deepEqual(probe(1, 445, '192.0.2.1'), []);
    assert.deepEqual(probe(2, 445, '192.0.2.2'), []);
    assert.deepEqual(probe(3, 139, '192.0.2.1'), [], 'the same address again');
    const [alert] = probe(4, 445, '192.0.2.3');
    assert.deepEqual([alert?.rule.name, alert?.hosts], ['sweep', 3]);
  });

  test('forgets addresses that are older than the window', () => {
    const it = detector({ hosts: 2, windowNs: seconds(10) });
    const source = new Source();
    const probe = (at: number, destination: string) =>
      it.observe(source.probe(seconds(at), 445, { destination })).length;
    assert.deepEqual([probe(1, '192.0.2.1'), probe(12, '192.0.2.2'), probe(22, '192.0.2.3')], [0, 0, 1]);
  });

  test('may ask for ports as well', () => {
    const it = detector({ hosts: 2, ports: 2 });
    const source = new Source();
    const probe = (at: number, port: number, destination: string) =>
      it.observe(source.probe(seconds(at), port, { destination })).length;
    assert.deepEqual(
      [probe(1, 22, '192.0.2.1'), probe(2, 22, '192.0.2.2'), probe(3, 23, '192.0.2.1')],
      [0, 0, 1],
    );
  });
});

describe('a rule for probes', () => {
  test('fires at the probe that makes it enough within the window', () => {
    const it = detector({ probes: 3, windowNs: seconds(10) });
    const source = new Source();
    const fired = [1, 8, 14, 15, 30].map((at) => it.observe(source.probe(seconds(at), 22)).length);
    assert.deepEqual(fired, [0, 0, 0, 1, 0]);
  });

  test('counts probes that were not told of, where they must have been of its kinds', () => {
    const it = detector({ probes: 100 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    assert.equal(it.observe(source.probe(seconds(2), 22, { untold: 98 })).length, 1);
  });

  test('does not count them where they may have been of other kinds', () => {
    const it = detector({ probes: 3, kinds: new Set(['fin']) });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    assert.deepEqual(it.observe(source.probe(seconds(2), 22, { kind: 'fin', untold: 500 })), []);
  });

  test('does not count them where they may have been to other ports', () => {
    const it = detector({ probes: 3, covers: (_, port) => port === 22 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 23));
    it.observe(source.probe(seconds(1), 22));
    assert.deepEqual(it.observe(source.probe(seconds(2), 22, { untold: 500 })), []);
  });

  test('takes the first sight of a source for one probe, whatever the kernel has counted before', () => {
    const it = detector({ probes: 2 });
    assert.deepEqual(it.observe(new Source().probe(seconds(1), 22, { untold: 10_000 })), []);
  });
});

describe('what was not told of', () => {
  test('counts for a rule that covers the only port there was', () => {
    const it = detector({ probes: 100, covers: (_, port) => port === 22 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    assert.equal(it.observe(source.probe(seconds(2), 22, { untold: 98 })).length, 1);
  });

  test('is not counted twice when events come in another order than they were numbered in', () => {
    const it = detector({ probes: 100 });
    const source = new Source();
    const probes = Array.from({ length: 99 }, (_, index) => source.probe(seconds(1) + index, 22));
    for (let index = 0; index + 1 < probes.length; index += 2) {
      const [first, second] = [probes[index]!, probes[index + 1]!];
      assert.deepEqual(it.observe(second), []);
      assert.deepEqual(it.observe(first), []);
    }
  });

  test('is not made up when the data plane forgot the source and numbers anew', () => {
    const it = detector({ probes: 10 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    source.forget();
    assert.deepEqual(it.observe(source.probe(seconds(2), 22, { untold: 500 })), []);
    assert.equal(it.observe(source.probe(seconds(3), 22, { untold: 10 })).length, 1);
  });
});

describe('what a rule leaves aside', () => {
  test('kinds that it does not name', () => {
    const it = detector({ kinds: new Set(['fin', 'null']) });
    const source = new Source();
    assert.deepEqual(it.observe(source.probe(seconds(1), 22)), []);
    assert.equal(it.observe(source.probe(seconds(2), 22, { kind: 'null' })).length, 1);
  });

  test('ports that it does not cover', () => {
    const it = detector({ covers: (protocol, port) => protocol === 'tcp' && port === 23 });
    const source = new Source();
    assert.deepEqual(it.observe(source.probe(seconds(1), 22)), []);
    assert.deepEqual(it.observe(source.probe(seconds(2), 23, { kind: 'udp' })), []);
    assert.equal(it.observe(source.probe(seconds(3), 23)).length, 1);
  });
});

describe('an alert', () => {
  test('comes once a window, and again when the source goes on', () => {
    const it = detector({ windowNs: seconds(60) });
    const source = new Source();
    const fired = [0, 1, 59, 60, 61, 125].map((at) => it.observe(source.probe(seconds(at), 22)).length);
    assert.deepEqual(fired, [1, 0, 0, 1, 0, 1]);
  });

  test('comes again at once after the block has ended', () => {
    const it = detector({ windowNs: seconds(3600) });
    const source = new Source('a');
    assert.equal(it.observe(source.probe(seconds(1), 22)).length, 1);
    it.rearm('a');
    assert.equal(it.observe(source.probe(seconds(2), 22)).length, 1);
  });

  test('does not come again at once after an operator lifted the block', () => {
    const it = detector({ ports: 2 });
    const source = new Source('a');
    it.observe(source.probe(seconds(1), 21));
    assert.equal(it.observe(source.probe(seconds(2), 22)).length, 1);
    it.forget('a');
    assert.deepEqual(it.observe(source.probe(seconds(3), 23)), []);
  });

  test('tells at least as many probes as ports', () => {
    const it = detector({ ports: 3 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 21));
    it.observe(source.probe(seconds(1), 22));
    assert.equal(it.observe(source.probe(seconds(1), 23))[0]?.probes, 3);
  });

  test('comes from each rule that fires, in their order', () => {
    const it = detector({ name: 'a', ports: 2 }, { name: 'b', probes: 2 }, { name: 'c', probes: 3 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22));
    const alerts = it.observe(source.probe(seconds(2), 23));
    assert.deepEqual(
      alerts.map((alert) => alert.rule.name),
      ['a', 'b'],
    );
  });

  test('names the kinds seen within the window', () => {
    const it = detector({ probes: 3, windowNs: seconds(10) });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22, { kind: 'xmas' }));
    it.observe(source.probe(seconds(12), 22, { kind: 'fin' }));
    it.observe(source.probe(seconds(13), 22, { kind: 'syn' }));
    const [alert] = it.observe(source.probe(seconds(14), 22, { kind: 'syn' }));
    assert.deepEqual(alert?.kinds, ['fin', 'syn']);
  });
});

describe('sources', () => {
  test('are kept apart', () => {
    const it = detector({ ports: 2 });
    assert.deepEqual(it.observe(new Source('a').probe(seconds(1), 21)), []);
    assert.deepEqual(it.observe(new Source('b').probe(seconds(2), 22)), []);
  });

  test('are forgotten when there are too many, the longest silent first', () => {
    const it = new Detector([rule({ ports: 2 })], 2);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new Source(name)) as [Source, Source, Source];
    it.observe(a.probe(1, 21));
    it.observe(b.probe(2, 21));
    it.observe(a.probe(3, 21));
    it.observe(c.probe(4, 21));
    assert.equal(it.sources, 2);
    assert.equal(it.forgotten, 1);
    assert.equal(it.observe(a.probe(5, 22)).length, 1, 'a was seen last and is remembered');
    assert.deepEqual(it.observe(b.probe(6, 22)), [], 'b was forgotten');
  });
});
