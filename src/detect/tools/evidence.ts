import { type ToolName, toolNames } from './tool-name.ts';

/** What a source scans with, and how sure that is: from 0 to SURE. */
export type Finding = { readonly tool: ToolName; readonly confidence: number };

/** Nothing is surer: whoever knows a mark can forge it. */
export const SURE = 0.99;
/** With less, a mark is not told of: among the sources of a day there are some that have one by chance. */
const ENOUGH = 0.9;
/** Of a habit: it names the likeliest tool, and more cannot be said. */
const GUESS = 0.5;

type Hits = { readonly tool: ToolName; count: number; odds: number };

/**
 * The marks that were found in packets of one source. The confidence in a tool is 1 less the probability that so many marks, in all the packets that
 * were looked at, are there by chance: for `count` marks at most (looked × tools × odds)^count / count!, as the mark of each tool was looked for in each packet. So one
 * is as good as certain in a handful of packets, and worth nothing in ten thousand.
 */
export class Evidence {
  #looked = 0;
  #hits: Hits[] = [];
  #habit: ToolName | undefined;

  /** One more packet was looked at. */
  look(): void {
    this.#looked++;
  }

  hit(tool: ToolName, odds: number): void {
    const known = this.#hits.find((it) => it.tool === tool);
    if (!known) {
      this.#hits.push({ tool, count: 1, odds });
      return;
    }
    known.count++;
    known.odds = Math.max(known.odds, odds);
  }

  /** It looks like the tool, as others may. The first one stays. */
  guess(tool: ToolName): void {
    this.#habit ??= tool;
  }

  /** Whether there is no doubt but that of a forgery. */
  isSureOf(tool: ToolName): boolean {
    const hits = this.#hits.find((it) => it.tool === tool);
    return hits !== undefined && confidenceIn(hits, this.#looked) >= SURE;
  }

  get finding(): Finding | undefined {
    let best: Finding | undefined;
    for (const hits of this.#hits) {
      const confidence = confidenceIn(hits, this.#looked);
      if (confidence >= (best?.confidence ?? ENOUGH)) best = { tool: hits.tool, confidence };
    }
    return best ?? (this.#habit && { tool: this.#habit, confidence: GUESS });
  }
}

function confidenceIn({ count, odds }: Hits, looked: number): number {
  let chance = 1;
  for (let nth = 1; nth <= count; nth++) {
    chance *= (looked * toolNames.length * odds) / nth;
    if (chance < 1 - SURE) return SURE;
  }
  return chance >= 1 ? 0 : Math.min(SURE, 1 - chance);
}
