import { join } from 'node:path';
import { ask } from '../../../src/control/client.ts';
import type { Lab } from '../../lab/lab.ts';
import { execute } from '../../lab/process.ts';
import { LabSentry } from '../../lab/sentry.ts';
import { blockList, writeLines } from '../block-list.ts';
import type { SetUp, Target, Tool } from './tool.ts';

/** As it is installed, and not from its sources: those start later and take more memory. */
export const BUILT = new URL('../../xdpsentry', import.meta.url).pathname;

/** The sentry with its default rules, and the target's blocks in force. */
export function sentryWith(yaml: string): SetUp {
  return async (lab, target) => {
    await startBuilt(lab, yaml);
    await blockAll(lab, target);
    return { handled: () => dropped(lab) } satisfies Tool;
  };
}

export function startBuilt(lab: Lab, yaml: string): Promise<LabSentry> {
  return LabSentry.start(lab, yaml, [], [], [BUILT]);
}

export const socketOf = (lab: Lab): string => join(lab.directory, 'control.sock');

async function dropped(lab: Lab): Promise<number> {
  const { outcomes } = await ask(socketOf(lab), { command: 'status' });
  return outcomes.filter(({ verdict }) => verdict === 'drop').reduce((sum, { packets }) => sum + packets, 0);
}

async function blockAll(lab: Lab, { family, blocks }: Target): Promise<void> {
  if (blocks === 0) return;
  const common = ['--for', 'forever', '--json', '--socket', socketOf(lab)];
  if (blocks === 1) {
    await execute(BUILT, ['block', ...blockList(family, 1), ...common]);
    return;
  }
  const file = join(lab.directory, 'list.txt');
  writeLines(file, blockList(family, blocks));
  await execute(BUILT, ['block', '--file', file, ...common]);
}
