/** The interface goes and comes while packets arrive. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { restlessInterface } from '../../scripts/lab/scenarios/restless-interface.ts';
import { needs } from '../support/capability.ts';

test('an interface that goes down and up lets nobody through; one that is made anew lets nobody through once it is watched', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async (t) => {
  await using lab = await Lab.create();
  const { between, dropped } = await restlessInterface(lab, { rounds: 3 });
  t.diagnostic(`${dropped} packets dropped; ${between} got in before new interfaces were watched`);
});
