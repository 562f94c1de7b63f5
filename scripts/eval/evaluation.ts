import type { Mode } from './captures.ts';
import type { Outcome } from './judge.ts';
import type { Verdict } from './scenes/judge.ts';
import { forgery } from './sections/forgery.ts';
import { innocence, robustness } from './sections/innocence.ts';
import { names } from './sections/names.ts';
import { promptness } from './sections/promptness.ts';
import { recall } from './sections/recall.ts';
import { hasFigures, type Section } from './sections/section.ts';
import { slowness } from './sections/slowness.ts';
import { together } from './sections/together.ts';

/** All that was replayed, and what came of it. */
export type Evaluation = {
  readonly captures: Readonly<Record<Mode, readonly Outcome[]>>;
  readonly verdicts: readonly Verdict[];
};

/** The tables, in the order of the metrics, without those that nothing was replayed for. */
export const sectionsOf = (evaluation: Evaluation): Section[] =>
  [
    ...recall(evaluation),
    slowness(evaluation),
    ...together(evaluation),
    promptness(evaluation),
    ...innocence(evaluation),
    forgery(evaluation),
    robustness(evaluation),
    ...names(evaluation),
  ].filter(hasFigures);
