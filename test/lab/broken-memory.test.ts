/** The database is not what it was. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { brokenMemory } from '../../scripts/lab/scenarios/broken-memory.ts';
import { needs } from '../support/capability.ts';

test('a database that is corrupt, cut off, newer, no database, read-only or open elsewhere is told of, and stops nothing', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async (t) => {
  await using lab = await Lab.create();
  t.diagnostic(`${await brokenMemory(lab, { rounds: 1 })} scans, each of which was caught`);
});
