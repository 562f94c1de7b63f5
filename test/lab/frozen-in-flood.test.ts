/** The controller does not get to its ring buffer, and that is full. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { frozenInFlood } from '../../scripts/lab/scenarios/frozen-in-flood.ts';
import { needs } from '../support/capability.ts';

test('a controller that was stopped until the ring was full finds the blocks whose events were lost, and goes on', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'live-frames', 'nmap'),
}, async (t) => {
  await using lab = await Lab.create();
  t.diagnostic(`${await frozenInFlood(lab, { scanners: 3 })} events found no room`);
});
