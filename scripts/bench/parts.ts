import { controller } from './controller.ts';
import { cost } from './cost.ts';
import { learn } from './learn.ts';
import { lists } from './lists.ts';
import { live } from './live.ts';
import type { Part } from './part.ts';
import { reaction } from './reaction.ts';
import type { PartName } from './result.ts';
import { start } from './start.ts';

/** In the order in which they run. */
export const parts: Readonly<Record<PartName, Part>> = {
  cost,
  live,
  learn,
  controller,
  reaction,
  lists,
  start,
};
