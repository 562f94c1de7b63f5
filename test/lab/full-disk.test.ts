/** The disk is full. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { fullDisk } from '../../scripts/lab/scenarios/full-disk.ts';
import { needs } from '../support/capability.ts';

test('a disk that is full, at the start and later, stops neither detection nor enforcement; what has room again is written to', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async (t) => {
  await using lab = await Lab.create();
  const { blocked, lostLines, lostRows } = await fullDisk(lab, {
    rounds: 2,
    scanners: 6,
    waitsForCopy: true,
  });
  t.diagnostic(`${blocked} blocked; ${lostLines} lines of the log lost, ${lostRows} rows of the memory`);
});
