/** The wall clock is set while the sentry runs: by hand, by NTP, by a virtual machine that wakes up. */
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { steppedClock } from '../../scripts/lab/scenarios/stepped-clock.ts';
import { needs } from '../support/capability.ts';

const DAY_MS = 86_400_000;

test('no block ends sooner or later for a clock that is set by a day, there and back: in the kernel, in words, in the memory', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'clang'),
}, async () => {
  await using lab = await Lab.create();
  await steppedClock(lab, [DAY_MS, -DAY_MS]);
});
