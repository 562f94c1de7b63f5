/** What becomes of blocks, marks and offenders that were made on trial when that is confirmed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catchUp } from '../../../src/memory/catch-up.ts';
import { Blocks } from '../../../src/respond/blocks.ts';
import { Marks } from '../../../src/respond/marks.ts';
import { Offences } from '../../../src/respond/offences.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const STEPS = { factor: 4, capMs: 3_600_000, unprovenCapMs: 3_600_000, forgetAfterMs: 3_600_000 };

function scene() {
  const dataPlane = new FakeDataPlane(5000);
  const done: string[] = [];
  const offences = new Offences({
    escalation: STEPS,
    capacity: 5000,
    nowNs: () => dataPlane.nowNs(),
    isProven: () => true,
    changed: () => undefined,
  });
  const blocks = new Blocks(dataPlane, () => undefined, {
    added: (block) => offences.blocked(block),
    changed: () => undefined,
    removed: () => undefined,
  });
  const marks = new Marks(() => dataPlane.nowNs(), 100, {
    added: () => true,
    removed: () => undefined,
    forgotten: () => undefined,
  });
  const evidence = (address: string) => ({ address, protocol: 'tcp', port: 22 }) as const;
  return {
    dataPlane,
    blocks,
    done,
    block(address: string, durationMs = 600_000) {
      const prefix = parsePrefix(address)!;
      blocks.add({ prefix, origin: 'local', reason: 'scan', durationMs, evidence: evidence(address) });
      dataPlane.advance(1000);
    },
    mark(address: string) {
      const prefix = parsePrefix(address)!;
      const mark = { prefix, source: address, rule: 'slow', by: 'command' } as const;
      marks.add({ ...mark, durationMs: 600_000, evidence: evidence(address) });
      dataPlane.advance(1000);
    },
    confirm: (sinceNs: number) =>
      catchUp(
        { sinceNs, confirmedNs: dataPlane.nowNs() },
        {
          blocks,
          marks,
          offences,
          aftermath: {
            begin: ({ source }) => done.push(`answered ${source}`) > 0,
          },
          remembrance: {
            blocked: ({ source }) => void done.push(`remembered ${source}`),
            offended: (source, offence) => void done.push(`offender ${source} ${offence?.count}`),
            written: async () => undefined,
          },
        },
      ),
  };
}

describe('a confirmation', () => {
  test('has what was made meanwhile remembered and answered, and nothing else', async () => {
    const { dataPlane, block, mark, confirm, done } = scene();
    block('198.51.100.1');
    mark('198.51.100.2');
    const sinceNs = dataPlane.nowNs();
    block('198.51.100.3');
    mark('198.51.100.4');
    await confirm(sinceNs);
    assert.deepEqual(done, [
      'answered 198.51.100.4',
      'remembered 198.51.100.3',
      'answered 198.51.100.3',
      'offender 198.51.100.1 1',
      'offender 198.51.100.3 1',
    ]);
  });

  test('lets what has ended by then be', async () => {
    const { dataPlane, block, blocks, confirm, done } = scene();
    const sinceNs = dataPlane.nowNs();
    block('198.51.100.3', 1);
    block('198.51.100.4');
    dataPlane.advance(2e6);
    blocks.lift(parsePrefix('198.51.100.4')!);
    await confirm(sinceNs);
    assert.deepEqual(
      done.filter((line) => !line.startsWith('offender')),
      [],
    );
  });

  test('has each of thousands answered once, those that are made meanwhile not at all', async () => {
    const { dataPlane, block, confirm, done } = scene();
    const sinceNs = dataPlane.nowNs();
    const sources = Array.from({ length: 2000 }, (_, index) =>
      formatPrefix(parsePrefix(`198.18.${index >> 8}.${index & 255}`)!),
    );
    for (const source of sources) block(source);
    const caughtUp = confirm(sinceNs);
    block('198.51.100.5'); // the listener has it answered
    await caughtUp;
    const answered = done.filter((line) => line.startsWith('answered'));
    assert.deepEqual(
      answered,
      sources.map((source) => `answered ${source}`),
    );
  });
});
