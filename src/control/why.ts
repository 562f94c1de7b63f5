import { formatDuration } from '../values/duration.ts';
import type { BlockEntry, Why } from './protocol.ts';

export const untilWords = ({ until, remainingSeconds }: BlockEntry): string =>
  remainingSeconds === null
    ? 'until it is lifted'
    : `for ${formatDuration(remainingSeconds * 1000)}, until ${until}`;

/** What drops its packets, each in a few words; nothing when they are let in. */
export const droppedBy = (why: Why): string[] => (why.verdict === 'out' ? coveredBy(why) : []);

/** What would drop its packets if nothing spared it. */
export function coveredBy({ blocks, lists }: Why): string[] {
  return [
    ...blocks
      .filter(({ by }) => by === 'xdp')
      .map((block) => `${block.source} is blocked ${untilWords(block)}`),
    ...lists.map(({ name, entry }) => `list ${name} has ${entry}`),
  ];
}
