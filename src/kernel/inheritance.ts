import { bootTimeNs } from 'bpf-loader-native';
import type { BlockTable } from './block-batches.ts';
import type { BlockMap } from './block-map.ts';
import type { KernelBlock } from './data-plane.ts';
import type { LeftBehind } from './left-behind.ts';
import { openTable, trialOf } from './pins.ts';
import type { KernelTrial } from './trial-map.ts';

/** A block says when its packet came, and is in the table a little later. */
const UNDER_WAY_NS = 10_000_000;

/**
 * The blocks of sentries that are gone, on their way into this one's table. They go on to block on their own meanwhile, so it is
 * asked for again when that has come to an end.
 */
export class Inheritance {
  readonly #blocks: BlockMap;
  readonly #which: 'all' | 'by_hand';
  readonly #tables: (BlockTable & { readonly trial: KernelTrial | undefined })[] = [];
  #sinceNs = 0;
  /** Blocks that were taken over. */
  taken = 0;
  /** Blocks that found no room. */
  refused = 0;
  /** Why a table was not read, or not to its end. */
  objection: string | undefined;

  constructor(left: readonly LeftBehind[], blocks: BlockMap, which: 'all' | 'by_hand') {
    this.#blocks = blocks;
    this.#which = which;
    for (const { pins } of left)
      this.#attempt(() => this.#tables.push({ ...openTable(pins), trial: trialOf(pins) }));
  }

  /** Takes over what is in force and was added since the last time. */
  take(): void {
    const nowNs = Number(bootTimeNs());
    for (const table of this.#tables) {
      this.#attempt(() => {
        const isWanted = (block: KernelBlock) => this.#isWanted(block, table.trial);
        const request = { from: table, isWanted, sinceNs: this.#sinceNs, nowNs };
        const { taken, refused } = this.#blocks.takeOver(request);
        this.taken += taken;
        this.refused += refused;
      });
    }
    this.#sinceNs = nowNs - UNDER_WAY_NS;
  }

  close(): void {
    for (const { blocks, hot } of this.#tables) {
      blocks.close();
      hot.close();
    }
  }

  /** What was made while enforcement was on trial ends with that: nobody has said that it was meant. */
  #isWanted({ origin, addedNs }: KernelBlock, trial: KernelTrial | undefined): boolean {
    return (this.#which === 'all' || origin === 'operator') && !(trial && addedNs >= trial.sinceNs);
  }

  /** A table that is of no use must not keep the sentry from starting. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.objection ??= (error as Error).message;
    }
  }
}
