/** More than the tables of the kernel have room for. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { fullTables } from '../../scripts/lab/scenarios/full-tables.ts';
import { needs } from '../support/capability.ts';

test('tables that are full: refused or displaced as is written, counted and told of; scans are found still', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'live-frames', 'nmap'),
}, async () => {
  await using lab = await Lab.create();
  await fullTables(lab, { room: 4, flood: 20_000 });
});
