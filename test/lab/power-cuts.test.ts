/** The power fails: what is in the kernel goes, and the database stays. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { powerCuts } from '../../scripts/lab/scenarios/power-cuts.ts';
import { needs } from '../support/capability.ts';

test('after each of three power cuts every block that has not ended is in force before the interface is watched', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async (t) => {
  await using lab = await Lab.create();
  t.diagnostic(`${await powerCuts(lab, { cuts: 3, blocks: 200 })} blocks in the end`);
});
