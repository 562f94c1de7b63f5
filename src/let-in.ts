import type { Exempt } from './exempt.ts';
import type { Blocks } from './respond/blocks.ts';
import type { Marks } from './respond/marks.ts';

/** Ends what was answered before the source came onto the ignore list. */
export async function letIgnoredIn(
  exempt: Pick<Exempt, 'ignores'>,
  blocks: Blocks,
  marks: Marks,
): Promise<void> {
  for (const { source, evidence } of [...marks]) if (exempt.ignores(evidence.address)) marks.lift(source);
  for await (const portion of blocks.inPortions())
    for (const { prefix, source } of portion) if (exempt.ignores(source)) blocks.lift(prefix);
}

/** Ends what rules have answered: from now on they only report. */
export async function letAnsweredIn(blocks: Blocks, marks: Marks): Promise<void> {
  for (const { source } of [...marks]) marks.lift(source);
  for await (const portion of blocks.inPortions())
    for (const { prefix, origin } of portion) if (origin === 'local') blocks.lift(prefix);
}
