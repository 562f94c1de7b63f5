import type { BlockEntry, Why } from '../control/protocol.ts';
import type { ListKeeper } from '../lists/keeper.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Marks } from '../respond/marks.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import type { Entries } from './entries.ts';

export type WhyParts = {
  readonly blocks: Pick<Blocks, 'covering' | 'objectionTo'>;
  readonly marks: Pick<Marks, 'of'>;
  readonly lists: Pick<ListKeeper, 'covering'>;
  readonly labelOf: (address: Prefix) => string | undefined;
};

/** Looks at everything that the data plane decides by. `around`: the source that the address belongs to. */
export function whyOf(address: Prefix, around: Prefix, parts: WhyParts, entries: Entries): Why {
  const sources = new Set([formatPrefix(address), formatPrefix(around)]);
  const blocks = [
    ...parts.blocks.covering(address).map((block) => entries.ofBlock(block)),
    ...[...sources].flatMap((source) => parts.marks.of(source)).map((mark) => entries.ofMark(mark)),
  ];
  const lists = parts.lists
    .covering(address)
    .map(({ name, entry }) => ({ name, entry: formatPrefix(entry) }));
  const spared = parts.blocks.objectionTo({ prefix: address, origin: 'operator' }) ?? null;
  const isDropped = spared === null && (lists.length > 0 || isBy(blocks, 'xdp'));
  const verdict = isDropped ? 'out' : isBy(blocks, 'command') ? 'command' : 'in';
  const label = parts.labelOf(address) ?? null;
  return { source: formatPrefix(address), label, verdict, spared, blocks, lists };
}

const isBy = (blocks: readonly BlockEntry[], what: BlockEntry['by']): boolean =>
  blocks.some(({ by }) => by === what);
