import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Marks, type NewMark } from '../../../src/respond/marks.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';

const SECOND_NS = 1e9;
const SCANNER = '198.51.100.66';

const mark = (wanted: Partial<NewMark> = {}): NewMark => {
  const source = wanted.source ?? SCANNER;
  const evidence = { address: source, protocol: 'tcp', port: 22 } as const;
  const prefix = parsePrefix(source)!;
  return { prefix, source, rule: 'scan', by: 'command', evidence, durationMs: 10_000, ...wanted };
};

describe('marks', () => {
  let nowNs: number;
  let told: string[];
  let marks: Marks;
  let isAnswered: boolean;

  beforeEach(() => {
    nowNs = 5 * SECOND_NS;
    told = [];
    isAnswered = true;
    marks = new Marks(() => nowNs, 3, {
      added({ source, rule }) {
        told.push(`added ${source} ${rule}`);
        return isAnswered;
      },
      forgotten: ({ source, rule }) => told.push(`forgotten ${source} ${rule}`),
      removed: ({ source, rule }, cause) => told.push(`${cause} ${source} ${rule}`),
    });
  });

  const listed = () => [...marks].map(({ source, rule }) => `${source} ${rule}`);

  test('hold for their rule and their time, and are told of once', () => {
    assert.equal(marks.add(mark()), true);
    assert.equal(marks.has(SCANNER, 'scan'), true);
    assert.equal(marks.has(SCANNER, 'other'), false);
    assert.equal(marks.has('198.51.100.67', 'scan'), false);
    assert.deepEqual(
      [...marks].map(({ addedNs, expiresNs }) => [addedNs, expiresNs]),
      [[5 * SECOND_NS, 15 * SECOND_NS]],
    );
    nowNs = 15 * SECOND_NS - 1;
    marks.sweep();
    assert.equal(marks.has(SCANNER, 'scan'), true);
    nowNs = 15 * SECOND_NS;
    assert.equal(marks.has(SCANNER, 'scan'), false, 'over even before the sweep');
    assert.deepEqual(listed(), []);
    marks.sweep();
    marks.sweep();
    assert.deepEqual(told, [`added ${SCANNER} scan`, `expired ${SCANNER} scan`]);
  });

  test('without a duration last until they are lifted', () => {
    marks.add(mark({ durationMs: undefined }));
    nowNs = Number.MAX_SAFE_INTEGER;
    marks.sweep();
    assert.equal(marks.has(SCANNER, 'scan'), true);
    assert.equal(marks.lift(SCANNER), 1);
    assert.equal(marks.has(SCANNER, 'scan'), false);
    assert.deepEqual(told.slice(1), [`lifted ${SCANNER} scan`]);
  });

  const renewals: readonly (readonly [
    says: string,
    first: number | undefined,
    second: number | undefined,
    end?: number,
  ])[] = [
    ['set again for less end when they would have', 10_000, 3_000, 15],
    ['set again for more end later', 10_000, 8_000, 18],
    ['set again for ever never end', 10_000, undefined],
    ['that last for ever do not come to end', undefined, 10_000],
  ];
  for (const [says, first, second, endSeconds] of renewals) {
    test(says, () => {
      marks.add(mark({ durationMs: first }));
      nowNs += 5 * SECOND_NS;
      const later = { address: SCANNER, protocol: 'tcp', port: 23 } as const;
      assert.equal(marks.add(mark({ durationMs: second, evidence: later })), true);
      const [one, ...others] = marks;
      assert.equal(one?.expiresNs, endSeconds === undefined ? undefined : endSeconds * SECOND_NS);
      assert.equal(one?.evidence.port, 22, 'what was done was done for the first one');
      assert.deepEqual(others, []);
      assert.deepEqual(told, [`added ${SCANNER} scan`], 'nothing has ended, nothing begins');
    });
  }

  test('that have expired end before they begin anew, though nobody has swept', () => {
    marks.add(mark());
    nowNs += 20 * SECOND_NS;
    marks.add(mark());
    assert.deepEqual(told, [`added ${SCANNER} scan`, `expired ${SCANNER} scan`, `added ${SCANNER} scan`]);
    assert.equal([...marks][0]?.addedNs, nowNs);
  });

  test('are not there when what they stand for could not be done, and may be set again', () => {
    isAnswered = false;
    assert.equal(marks.add(mark()), false);
    assert.equal(marks.has(SCANNER, 'scan'), false);
    assert.deepEqual(listed(), []);
    isAnswered = true;
    assert.equal(marks.add(mark()), true);
    assert.deepEqual(told, [`added ${SCANNER} scan`, `added ${SCANNER} scan`]);
  });

  test('are no more than there is room for: the oldest is forgotten, and counted', () => {
    for (const last of [1, 2, 3]) marks.add(mark({ source: `192.0.2.${last}` }));
    marks.add(mark({ source: '192.0.2.1', durationMs: undefined }));
    isAnswered = false;
    marks.add(mark());
    assert.equal(marks.forgotten, 0, 'renewing takes no room, nor does what cannot be done');
    isAnswered = true;
    assert.equal(marks.add(mark()), true);
    assert.deepEqual(listed(), ['192.0.2.2 scan', '192.0.2.3 scan', `${SCANNER} scan`]);
    assert.equal(marks.has('192.0.2.1', 'scan'), false);
    assert.deepEqual(told.slice(4), [`added ${SCANNER} scan`, 'forgotten 192.0.2.1 scan']);
    assert.equal(marks.forgotten, 1);
  });

  test('can be settled before the sweep, each once, and those in force not at all', () => {
    marks.add(mark());
    marks.settle(SCANNER, 'scan');
    assert.equal(told.length, 1);
    nowNs += 10 * SECOND_NS;
    marks.settle(SCANNER, 'other');
    marks.settle(SCANNER, 'scan');
    marks.settle(SCANNER, 'scan');
    assert.deepEqual(told.slice(1), [`expired ${SCANNER} scan`]);
  });

  test('of one source are lifted together, those of others stay', () => {
    marks.add(mark());
    marks.add(mark({ source: '198.51.100.6' }));
    marks.add(mark({ rule: 'other' }));
    assert.equal(marks.lift(SCANNER), 2);
    assert.deepEqual(listed(), ['198.51.100.6 scan']);
    assert.deepEqual(told.slice(3), [`lifted ${SCANNER} scan`, `lifted ${SCANNER} other`]);
    assert.equal(marks.lift(SCANNER), 0);
  });

  test('are all suspended when rules answer nobody for now', () => {
    marks.add(mark());
    marks.add(mark({ source: '198.51.100.6' }));
    marks.suspend();
    assert.deepEqual(listed(), []);
    assert.deepEqual(told.slice(2), [`suspended ${SCANNER} scan`, 'suspended 198.51.100.6 scan']);
  });

  test('are lifted by the protocol of the probe that decided, where it is named', () => {
    const udp = { address: SCANNER, protocol: 'udp', port: 53 } as const;
    marks.add(mark());
    marks.add(mark({ rule: 'other', evidence: udp }));
    assert.equal(marks.lift(SCANNER, ['udp']), 1);
    assert.deepEqual(listed(), [`${SCANNER} scan`]);
    assert.equal(marks.lift(SCANNER, ['udp']), 0);
    assert.equal(marks.lift(SCANNER, ['udp', 'tcp']), 1);
  });
});
