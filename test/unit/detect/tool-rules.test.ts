/** Rules that ask for targets, and for marks of tools. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector } from '../../../src/detect/detector.ts';
import type { Mark } from '../../../src/detect/probe.ts';
import { rule, Source, seconds } from '../../support/probes.ts';

const detector = (...rules: Parameters<typeof rule>[0][]) => new Detector(rules.map(rule), 1000);
const ZMAP: Mark = { tool: 'zmap' };

describe('a rule for targets', () => {
  const fired = (
    it: Detector<ReturnType<typeof rule>>,
    probes: readonly (readonly [number, number, string])[],
  ) => {
    const source = new Source();
    return probes.map(
      ([at, port, destination]) => it.observe(source.probe(seconds(at), port, { destination })).length,
    );
  };

  test('counts ports of one address, and one port of several, but none twice', () => {
    const it = detector({ targets: 3 });
    assert.deepEqual(
      fired(it, [
        [1, 22, '192.0.2.1'],
        [2, 22, '192.0.2.1'],
        [3, 23, '192.0.2.1'],
        [4, 22, '192.0.2.2'],
      ]),
      [0, 0, 0, 1],
    );
  });

  test('forgets targets that are older than the window', () => {
    const it = detector({ targets: 2, windowNs: seconds(10) });
    assert.deepEqual(
      fired(it, [
        [1, 22, '192.0.2.1'],
        [12, 23, '192.0.2.1'],
        [22, 24, '192.0.2.1'],
      ]),
      [0, 0, 1],
    );
  });

  test('tells the ports and how many addresses', () => {
    const it = detector({ targets: 2 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22, { destination: '192.0.2.1' }));
    const [alert] = it.observe(source.probe(seconds(2), 23, { destination: '192.0.2.2' }));
    assert.deepEqual([alert?.ports.map(({ port }) => port), alert?.hosts, alert?.probes], [[22, 23], 2, 2]);
  });

  test('lets TCP 53 and UDP 53 be two', () => {
    const it = detector({ targets: 2 });
    const source = new Source();
    it.observe(source.probe(seconds(1), 53));
    assert.equal(it.observe(source.probe(seconds(2), 53, { kind: 'udp' })).length, 1);
  });
});

describe('a rule for tools', () => {
  test('counts only probes with a mark that it asks for', () => {
    const it = detector({ targets: 2, tools: new Set(['zmap']) });
    const source = new Source();
    const probe = (port: number, mark: Mark | undefined) =>
      it.observe(source.probe(seconds(port), port, { mark })).length;
    assert.deepEqual(
      [probe(1, ZMAP), probe(2, undefined), probe(3, { tool: 'masscan' }), probe(1, ZMAP), probe(4, ZMAP)],
      [0, 0, 0, 0, 1],
    );
  });

  test('counts an earlier probe whose mark is known only with the next', () => {
    const it = detector({ name: 'tool', targets: 2, tools: new Set(['nmap']) });
    const source = new Source();
    const also = { destination: '192.0.2.1', protocol: 'tcp', port: 21, atNs: seconds(1) } as const;
    assert.deepEqual(it.observe(source.probe(seconds(1), 21)), []);
    const [alert] = it.observe(source.probe(seconds(2), 22, { mark: { tool: 'nmap', also } }));
    assert.deepEqual([alert?.rule.name, alert?.ports.map(({ port }) => port)], ['tool', [21, 22]]);
  });

  test('does not count that one when it is older than the window', () => {
    const it = detector({ targets: 2, tools: new Set(['nmap']), windowNs: seconds(10) });
    const source = new Source();
    const also = { destination: '192.0.2.1', protocol: 'tcp', port: 21, atNs: seconds(1) } as const;
    assert.deepEqual(it.observe(source.probe(seconds(20), 22, { mark: { tool: 'nmap', also } })), []);
  });

  test('does not count what was not told of: nobody knows whether that had a mark', () => {
    const it = detector({ probes: 10, tools: new Set(['zmap']) });
    const source = new Source();
    it.observe(source.probe(seconds(1), 22, { mark: ZMAP }));
    assert.deepEqual(it.observe(source.probe(seconds(2), 22, { mark: ZMAP, untold: 500 })), []);
  });
});
