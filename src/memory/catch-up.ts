import type { Aftermath } from '../aftermath.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Mark } from '../respond/marks.ts';
import type { Offences } from '../respond/offences.ts';
import type { Confirmation } from '../trial.ts';
import type { Remembrance } from './remembrance.ts';

export type CatchUpParts = {
  readonly blocks: Pick<Blocks, 'inPortions'>;
  readonly marks: Iterable<Mark>;
  readonly offences: Pick<Offences, 'inPortions'>;
  readonly aftermath: Pick<Aftermath, 'begin'>;
  readonly remembrance: Pick<Remembrance, 'blocked' | 'offended' | 'written'>;
};

/**
 * Enforcement is confirmed: what was made on trial, and is still in force, is remembered and answered as if it had been made now. What
 * is made meanwhile goes its own way: to be called in the same turn as the confirmation.
 */
export async function catchUp({ sinceNs, confirmedNs }: Confirmation, parts: CatchUpParts): Promise<void> {
  const { blocks, marks, offences, aftermath, remembrance } = parts;
  const wasHeld = ({ addedNs }: Pick<Mark, 'addedNs'>) => addedNs >= sinceNs && addedNs < confirmedNs;
  for (const mark of [...marks]) if (wasHeld(mark)) aftermath.begin(mark);
  for await (const portion of blocks.inPortions()) {
    const held = portion.filter(wasHeld);
    for (const block of held) {
      remembrance.blocked(block);
      aftermath.begin(block);
    }
    if (held.length > 0) await remembrance.written(); // no more waits than may
  }
  for await (const portion of offences.inPortions()) {
    for (const offence of portion) remembrance.offended(offence.source, offence);
    await remembrance.written();
  }
}
