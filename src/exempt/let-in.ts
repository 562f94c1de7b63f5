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
  await each(blocks, ({ source, prefix }) => {
    if (exempt.ignores(source)) blocks.lift(prefix);
  });
}

/** Ends what rules have answered, for they only report from now on; the memory keeps the blocks. Answers how many. */
export async function letAnsweredIn(blocks: Blocks, marks: Marks): Promise<number> {
  marks.suspend();
  let count = 0;
  await each(blocks, ({ origin, prefix }) => {
    if (origin !== 'local') return;
    blocks.suspend(prefix);
    count++;
  });
  await blocks.reconcile(() => 'an earlier rule'); // of some the kernel has not told yet: the guard objects to them
  return count;
}

async function each(blocks: Blocks, visit: (block: Block) => void): Promise<void> {
  for await (const portion of blocks.inPortions()) {
    // Some may have ended while the others were looked at.
    for (const block of portion) if (blocks.get(block.prefix)) visit(block);
  }
}
