/** What is remembered of what sources have touched, and for how long. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_TARGETS, type Touch, Trail } from '../../../src/detect/trail.ts';
import { TRAIL_KEPT_NS, Trails } from '../../../src/detect/trails.ts';
import { Source, seconds } from '../../support/probes.ts';

const SCANNER = '198.51.100.66';
const short = ({ protocol, port, kind, destination, atNs }: Touch) =>
  `${port}/${protocol} ${kind} at ${destination}, ${atNs / 1e9} s`;

function make(maxSources = 1000) {
  const changes: string[] = [];
  const trails = new Trails({
    maxSources,
    changed: (source, isForgotten) => changes.push(`${source}${isForgotten ? ' forgotten' : ''}`),
  });
  return { trails, changes, of: (nowNs = 0, source = SCANNER) => trails.of(source, nowNs) };
}

describe('the trail of a source', () => {
  test('has its targets, the one that was touched longest ago first; each once, with its latest time', () => {
    const { trails, of } = make();
    const scanner = new Source();
    trails.note(scanner.probe(seconds(1), 22));
    trails.note(scanner.probe(seconds(2), 53, { kind: 'udp', destination: '2001:db8::1' }));
    trails.note(scanner.probe(seconds(3), 22, { kind: 'fin' }));
    trails.note(scanner.probe(seconds(4), 22));
    assert.deepEqual(of()!.touches.map(short), [
      '53/udp udp at 2001:db8::1, 2 s',
      '22/tcp fin at 192.0.2.1, 3 s',
      '22/tcp syn at 192.0.2.1, 4 s',
    ]);
    const { firstNs, lastNs, probes, isProven } = of()!;
    assert.deepEqual([firstNs, lastNs, probes, isProven], [seconds(1), seconds(4), 4, false]);
  });

  test('proves the source only as long as there is nothing in it that anybody could have sent', () => {
    const { trails } = make();
    const scanner = new Source();
    assert.equal(trails.isProven(SCANNER), false);
    trails.note(scanner.probe(seconds(1), 2323, { kind: 'connect' }));
    trails.note(scanner.probe(seconds(2), 8081, { kind: 'connect' }));
    assert.equal(trails.isProven(SCANNER), true);
    trails.note(scanner.probe(seconds(3), 22));
    assert.equal(trails.isProven(SCANNER), false);
  });

  test(`has the latest ${MAX_TARGETS} targets`, () => {
    const { trails, of } = make();
    const scanner = new Source();
    for (let port = 1; port <= MAX_TARGETS + 2; port++) trails.note(scanner.probe(seconds(port), port));
    const { touches, probes } = of()!;
    assert.deepEqual([touches.length, touches[0]!.port, probes], [MAX_TARGETS, 3, MAX_TARGETS + 2]);
  });

  test('counts what it was not told of, and goes on when the data plane numbers anew', () => {
    const { trails, of } = make();
    const scanner = new Source();
    trails.note(scanner.probe(seconds(1), 1, { untold: 4 }));
    trails.note(scanner.probe(seconds(2), 2, { untold: 2 }));
    assert.equal(of()!.probes, 8);
    scanner.forget();
    trails.note(scanner.probe(seconds(3), 3, { untold: 1 }));
    assert.equal(of()!.probes, 10);
  });

  test('counts no probe twice whose event comes late', () => {
    const { trails, of } = make();
    const scanner = new Source();
    const [first, second] = [scanner.probe(seconds(1), 1), scanner.probe(seconds(2), 2)];
    trails.note(second);
    trails.note(first);
    assert.equal(of()!.probes, 2);
  });

  test('is proven once a TCP connection reached a port of the sentry, and not by a datagram', () => {
    const { trails, of } = make();
    const scanner = new Source();
    trails.note(scanner.probe(seconds(1), 53, { kind: 'connect', protocol: 'udp' }));
    assert.equal(of()!.isProven, false);
    trails.note(scanner.probe(seconds(2), 23, { kind: 'connect' }));
    trails.note(scanner.probe(seconds(3), 24));
    assert.equal(of()!.isProven, true);
  });

  test('has a mark that shows only with a second probe at the first one, too, and each target once', () => {
    const { trails, of } = make();
    const scanner = new Source();
    const first = scanner.probe(seconds(1), 22);
    const mark = { tool: 'masscan', also: first } as const;
    trails.note(first);
    trails.note(scanner.probe(seconds(2), 443));
    trails.note(scanner.probe(seconds(3), 22, { mark: { tool: 'masscan' } }));
    trails.note(scanner.probe(seconds(4), 80, { mark }));
    const marked = of()!.touches.map(({ port, tool, atNs }) => [port, tool, atNs / 1e9]);
    assert.deepEqual(marked, [
      [443, undefined, 2],
      [22, 'masscan', 3],
      [80, 'masscan', 4],
    ]);
  });

  test('has a target that was touched with a mark and later without one twice: when it bore the mark is known', () => {
    const { trails, of } = make();
    const scanner = new Source();
    trails.note(scanner.probe(seconds(1), 22, { mark: { tool: 'nmap' } }));
    trails.note(scanner.probe(seconds(9), 22));
    assert.deepEqual(
      of()!.touches.map(({ tool, atNs }) => [tool, atNs / 1e9]),
      [
        ['nmap', 1],
        [undefined, 9],
      ],
    );
  });

  test(`tells ${MAX_TARGETS} targets at as many addresses from one another, whichever came before`, () => {
    const { trails, of } = make();
    const scanner = new Source();
    const destination = (nth: number) => `2001:db8::${nth.toString(16)}`;
    for (let nth = 0; nth < 3 * MAX_TARGETS; nth++) {
      const kind = nth % 2 === 0 ? 'udp' : 'maimon';
      trails.note(scanner.probe(seconds(nth), 65_535 - nth, { kind, destination: destination(nth) }));
    }
    assert.deepEqual(
      of()!.touches.map(short),
      Array.from({ length: MAX_TARGETS }, (_, at) => {
        const nth = at + 2 * MAX_TARGETS;
        const what = nth % 2 === 0 ? `${65_535 - nth}/udp udp` : `${65_535 - nth}/tcp maimon`;
        return `${what} at ${destination(nth)}, ${nth} s`;
      }),
    );
  });

  test('begins anew with who was silent for seven days', () => {
    const { trails, of } = make();
    const scanner = new Source();
    trails.note(scanner.probe(seconds(1), 1));
    assert.ok(of(seconds(1) + TRAIL_KEPT_NS));
    assert.equal(of(seconds(2) + TRAIL_KEPT_NS), undefined);
    trails.note(scanner.probe(seconds(2) + TRAIL_KEPT_NS, 2));
    assert.deepEqual(
      of(seconds(3) + TRAIL_KEPT_NS)!.touches.map(({ port }) => port),
      [2],
    );
  });

  test('stays known once it is spent, with until when; of whom nothing is known is told, should it be elsewhere', () => {
    const { trails, changes, of } = make();
    const scanner = new Source();
    for (const port of [1, 2]) trails.note(scanner.probe(seconds(port), port));
    trails.spend(SCANNER, seconds(2), 'answered');
    trails.spend(SCANNER, seconds(1), 'answered');
    const { touches, answeredNs, pardonedNs } = of()!;
    assert.deepEqual([touches.length, answeredNs, pardonedNs], [2, seconds(2), Number.NEGATIVE_INFINITY]);
    trails.spend('198.51.100.1', seconds(3), 'answered');
    trails.spend('198.51.100.2', seconds(3), 'pardoned');
    assert.deepEqual([of(0, '198.51.100.2'), changes.at(-1)], [undefined, '198.51.100.2 forgotten']);
    assert.ok(!changes.some((it) => it.startsWith('198.51.100.1')));
  });
});

describe('trails of many sources', () => {
  const see = (trails: Trails, source: Source, ...ports: readonly number[]) => {
    for (const port of ports) trails.note(source.probe(seconds(port), port));
  };
  const [one, two, three, four] = [1, 2, 3, 4].map((nth) => new Source(`198.51.100.${nth}`));

  test('of those that have touched several targets who was silent longest makes room, and is counted', () => {
    const { trails } = make(4);
    see(trails, one!, 1, 2);
    see(trails, two!, 3, 4);
    see(trails, three!, 5, 6);
    see(trails, one!, 7);
    see(trails, four!, 8, 9);
    assert.deepEqual([...trails.kept], [three!.name, one!.name, four!.name]);
    assert.deepEqual(trails.forgotten, { kept: 1, onProbation: 0 });
  });

  test('a flood of sources with one target each pushes out none that has touched two', () => {
    const { trails, changes, of } = make(8);
    see(trails, new Source(), 1, 2);
    for (let nth = 0; nth < 1000; nth++) see(trails, new Source(`198.18.${nth >> 8}.${nth & 255}`), 3);
    see(trails, new Source(), 4);
    assert.deepEqual(
      of(seconds(4))!.touches.map(({ port }) => port),
      [1, 2, 4],
    );
    assert.deepEqual(trails.forgotten, { kept: 0, onProbation: 998 });
    assert.deepEqual(new Set(changes), new Set([SCANNER]), 'and nothing is written of it');
  });

  test('who pings, or comes to one target again and again with whatever probe, stays on probation', () => {
    const { trails } = make();
    for (const [at, kind] of (['syn', 'fin', 'syn', 'ping', 'ping'] as const).entries()) {
      const destination = kind === 'ping' ? `192.0.2.${at}` : '192.0.2.1';
      trails.note(one!.probe(seconds(at), kind === 'ping' ? 8 : 22, { kind, destination }));
    }
    assert.deepEqual([[...trails.onProbation], [...trails.kept]], [[one!.name], []]);
    trails.note(one!.probe(seconds(9), 22, { destination: '192.0.2.2' }));
    assert.deepEqual([[...trails.onProbation], [...trails.kept]], [[], [one!.name]]);
  });
});

describe('trails of an earlier run', () => {
  const earlier = (source: string, atNs: number, port = 1) => {
    const { trails } = make();
    trails.note(new Source(source).probe(atNs, port));
    return [source, Trail.of(trails.of(source, atNs)!)] as const;
  };

  test('are as they were', () => {
    const { trails, of } = make();
    const [source, trail] = earlier(SCANNER, seconds(-50));
    trails.restore([[source, trail]]);
    assert.deepEqual(of(), trail.facts);
  });

  test('are older than those of this run, whenever they come', () => {
    const { trails } = make(8);
    trails.note(new Source('198.51.100.9').probe(seconds(5), 1));
    trails.restore([
      earlier('198.51.100.2', seconds(-1)),
      earlier('198.51.100.1', seconds(-2)),
      earlier('198.51.100.3', seconds(-3)),
    ]);
    assert.deepEqual([...trails.onProbation], ['198.51.100.2', '198.51.100.9']);
    assert.deepEqual(trails.forgotten, { kept: 0, onProbation: 2 });
    trails.note(new Source('198.51.100.4').probe(seconds(6), 1));
    assert.deepEqual([...trails.onProbation], ['198.51.100.9', '198.51.100.4']);
  });

  test('become one with those of this run', () => {
    const { trails, of } = make();
    const scanner = new Source();
    const before = make().trails;
    before.note(scanner.probe(seconds(-9), 1));
    before.note(scanner.probe(seconds(-8), 2));
    trails.note(scanner.probe(seconds(1), 3)); // the data plane numbers on
    trails.note(scanner.probe(seconds(2), 1));
    trails.restore([[SCANNER, Trail.of(before.of(SCANNER, 0)!)]]);
    assert.deepEqual(
      of()!.touches.map(({ port }) => port),
      [2, 3, 1],
    );
    const { firstNs, lastNs, probes } = of()!;
    assert.deepEqual([firstNs, lastNs, probes], [seconds(-9), seconds(2), 4]);
  });
});
