/** Packets, lists and files in the name of those whom this host cannot do without. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { forgedNames } from '../../scripts/lab/scenarios/forged-names.ts';
import { needs } from '../support/capability.ts';

test('gateways, the resolver, the admin and the host itself are never blocked: by rules, lists, hand, the kernel, the memory, the blocked file', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'python3'),
}, async (t) => {
  await using lab = await Lab.create();
  t.diagnostic(`${await forgedNames(lab, { rounds: 2 })} forged probes`);
});
