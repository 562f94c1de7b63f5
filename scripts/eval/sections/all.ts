import type { Evaluation } from '../evaluation.ts';
import { forgery } from './forgery.ts';
import { innocence, robustness } from './innocence.ts';
import { names } from './names.ts';
import { noise } from './noise.ts';
import { promptness } from './promptness.ts';
import { recall } from './recall.ts';
import { hasFigures, type Section } from './section.ts';
import { slowness } from './slowness.ts';
import { together } from './together.ts';

/** The tables, in the order of the metrics, without those that nothing was replayed for. */
export const sectionsOf = (evaluation: Evaluation): Section[] =>
  [
    ...recall(evaluation),
    slowness(evaluation),
    ...together(evaluation),
    noise(evaluation),
    promptness(evaluation),
    ...innocence(evaluation),
    forgery(evaluation),
    robustness(evaluation),
    ...names(evaluation),
  ].filter(hasFigures);
