import type { Block, Blocks } from '../respond/blocks.ts';
import type { Marks } from '../respond/marks.ts';
import type { Exempt } from './exempt.ts';

/** Ends what was answered before the source came onto the ignore list. */
export async function letIgnoredIn(
  exempt: Pick<Exempt, 'ignores'>,
  blocks: Blocks,
  marks: Marks,
): Promise<void> {
  for (const { source, evidence } of [...marks]) if (exempt.ignores(evidence.address)) marks.lift(source);
  await liftAll(blocks, ({ source }) => exempt.ignores(source));
}

/** Ends what rules have answered: from now on they only report. */
export async function letAnsweredIn(blocks: Blocks, marks: Marks): Promise<void> {
  for (const { source } of [...marks]) marks.lift(source);
  await liftAll(blocks, ({ origin }) => origin === 'local');
  await blocks.reconcile(() => 'an earlier rule'); // of some the kernel has not told yet: the guard objects to them
}

async function liftAll(blocks: Blocks, isMeant: (block: Block) => boolean): Promise<void> {
  for await (const portion of blocks.inPortions()) {
    // Some may have ended while the others were lifted.
    for (const block of portion) if (isMeant(block) && blocks.get(block.prefix)) blocks.lift(block.prefix);
  }
}
