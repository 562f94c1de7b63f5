/** SIGKILL, at any moment. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { killedInScan } from '../../scripts/lab/scenarios/killed-in-scan.ts';
import { needs } from '../support/capability.ts';

test('a sentry that is killed at 20 random moments of scans, and 10 of starts, loses no block and lets nobody through', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async (t) => {
  await using lab = await Lab.create();
  const { running, starting, sent, passed, blocks } = await killedInScan(lab, { scans: 20 });
  t.diagnostic(
    `killed ${running} + ${starting} times; ${sent} packets sent, ${passed} passed; ${blocks} blocks`,
  );
});
