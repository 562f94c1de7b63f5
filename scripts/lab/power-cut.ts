import { rmSync } from 'node:fs';
import type { Lab } from './lab.ts';
import type { LabSentry } from './sentry.ts';
import { waitUntil } from './wait.ts';

/** Kills the sentry and takes away what it has left in the kernel, as a boot does. What is on the disk stays. */
export async function cutPower(lab: Lab, sentry: LabSentry): Promise<void> {
  await sentry.die();
  for (const path of lab.pins()) rmSync(path, { recursive: true });
  const link = async () => (await lab.sentry.execute('ip', ['link', 'show', lab.sentry.interface])).stdout;
  await waitUntil('the program has gone', async () => !(await link()).includes('xdp'));
}
