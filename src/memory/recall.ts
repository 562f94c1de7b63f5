import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Aftermath } from '../aftermath.ts';
import { SentryError } from '../errors.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Offences } from '../respond/offences.ts';
import type { Memory } from '../store/memory/memory.ts';
import type { Recollection } from '../store/memory/recollection.ts';
import type { StoredBlock } from '../store/memory/rows.ts';
import { parsePrefix } from '../values/prefix.ts';

/** Blocks that are put in force in one turn of the event loop: a few milliseconds. */
const BATCH = 256;

export type RecallParts = {
  readonly isObserving: () => boolean;
  readonly nowNs: () => number;
  readonly blocks: Pick<Blocks, 'restore'>;
  readonly offences: Pick<Offences, 'recall'>;
  readonly aftermath: Pick<Aftermath, 'resume' | 'endLate'>;
  readonly forget: Memory['setBlock'];
  readonly warn: (text: string) => void;
  /** Called now and then while there is something to do. */
  readonly goesOn: () => void;
};

/**
 * Puts back in force what an earlier run has left in the memory, for the rest of its time. What was over meanwhile, and who must not be
 * blocked any more, is let go. While observing, rules block nobody: theirs stay in the memory, to be recalled when the sentry enforces again.
 */
export async function recall(
  memory: Pick<Recollection, 'blocks' | 'offences'>,
  parts: RecallParts,
): Promise<void> {
  const { offences, warn, goesOn } = parts;
  for await (const portion of memory.offences()) {
    goesOn();
    for (const { source, count, untilNs } of portion) {
      const prefix = parsePrefix(source);
      if (prefix) offences.recall(prefix, { count, untilNs: untilNs ?? Number.POSITIVE_INFINITY });
    }
  }
  const count: Record<Fate, number> = { restored: 0, known: 0, left: 0, over: 0, refused: 0, unreadable: 0 };
  for await (const portion of memory.blocks()) {
    for (const [index, block] of portion.entries()) {
      if (index % BATCH === 0) {
        goesOn();
        await nextTurn();
      }
      count[restoreOne(block, parts)]++;
    }
  }
  if (count.restored > 0) warn(`blocks of the memory that are in force again: ${count.restored}`);
  if (count.unreadable > 0)
    warn(`blocks of the memory that cannot be read, and are let go: ${count.unreadable}`);
  if (count.refused > 0) {
    warn(
      `blocks of the memory that found no room: ${count.refused}; raise tables.blocks in the configuration`,
    );
  }
}

/** `known`: it is in force already. `left`, `refused`: it stays in the memory. */
type Fate = 'restored' | 'known' | 'left' | 'over' | 'refused' | 'unreadable';

function restoreOne(row: StoredBlock, parts: RecallParts): Fate {
  const { isObserving, blocks, aftermath, forget, nowNs, warn } = parts;
  const { source, origin, reason, addedNs } = row;
  if (origin === 'local' && isObserving()) return 'left';
  const prefix = parsePrefix(source);
  const evidence = row.evidence ?? undefined;
  const expiresNs = row.untilNs ?? undefined;
  if (!prefix || (expiresNs !== undefined && expiresNs <= nowNs())) {
    forget(source, null);
    aftermath.endLate({ source, evidence });
    return prefix ? 'over' : 'unreadable'; // a disk has changed it
  }
  try {
    let isRestored = false;
    aftermath.resume(() => {
      isRestored = blocks.restore({ prefix, origin, reason, evidence, addedNs, expiresNs });
    });
    return isRestored ? 'restored' : 'known';
  } catch (error) {
    if (!(error instanceof SentryError)) throw error;
    if (error.code === 'XS_ERR_TABLE_FULL') return 'refused';
    warn(`a block of the memory is over: ${error.message}`);
    forget(source, null);
    aftermath.endLate({ source, evidence });
    return 'over';
  }
}
