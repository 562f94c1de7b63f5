import { join } from 'node:path';
import { ask } from '../../../src/control/client.ts';
import type { ListEntry } from '../../../src/control/protocol.ts';
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
  if (blocks === 1) {
    const forever = ['--for', 'forever', '--socket', socketOf(lab)];
    await execute(BUILT, ['block', ...blockList(family, 1), ...forever]);
    return;
  }
  const file = join(lab.directory, 'list.txt');
  writeLines(file, blockList(family, blocks));
  assertInForce(await blockFile(lab, file), blocks);
}

/** Has the sentry read a file of blocks; answers with what `block --file` says when they are in force. */
export async function blockFile(lab: Lab, file: string): Promise<string> {
  const common = ['--for', 'forever', '--json', '--socket', socketOf(lab)];
  return (await execute(BUILT, ['block', '--file', file, ...common])).stdout;
}

/** Throws unless all blocks of a list are in force: what is left out would make the figures beside it too good. */
export function assertInForce(answer: string, blocks: number): void {
  const { facts } = JSON.parse(answer) as ListEntry;
  const inForce = (facts?.ipv4 ?? 0) + (facts?.ipv6 ?? 0);
  if (inForce !== blocks) throw new Error(`${inForce} of ${blocks} blocks are in force: ${answer}`);
}
