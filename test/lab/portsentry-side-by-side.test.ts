/** PortSentry 1.2 itself and this, each on a lab of its own, with the same file and the same scans: what they log, write and run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PortsentryHost } from '../../scripts/lab/portsentry.ts';
import type { DeviationId } from '../../src/config/portsentry/deviations.ts';
import { needs } from '../support/capability.ts';
import type { Case } from './portsentry/case.ts';
import { answers } from './portsentry/cases/answers.ts';
import { kinds } from './portsentry/cases/kinds.ts';
import { ports } from './portsentry/cases/ports.ts';
import { triggers } from './portsentry/cases/triggers.ts';
import { compared, expectedOf } from './portsentry/expected.ts';
import { fileset, play } from './portsentry/play.ts';
import { type Recorded, record, sorted } from './portsentry/record.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap', 'portsentry');

async function run(candidate: 'classic' | 'ours', one: Case): Promise<Recorded> {
  await using host = await PortsentryHost.create(candidate, fileset(one));
  await play(host, one);
  return record(host, one.modes);
}

describe('PortSentry 1.2 and its successor', { skip }, () => {
  const needed = new Set<DeviationId>();

  describe('do the same', { concurrency: 2 }, () => {
    for (const one of [...kinds, ...answers, ...triggers, ...ports]) {
      test(one.says, async () => {
        const [classic, ours] = await Promise.all([run('classic', one), run('ours', one)]);
        const { expected, used } = expectedOf(classic, one);
        for (const id of used) needed.add(id);
        assert.deepEqual(sorted(ours), sorted(expected));
      });
    }
  });

  test('each deviation that is allowed for is needed', () => {
    assert.deepEqual([...needed].sort(), compared.toSorted());
  });
});
