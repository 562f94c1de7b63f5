import type { Background } from './background.ts';
import type { Mode } from './captures.ts';
import type { Outcome } from './judge.ts';
import type { Verdict } from './scenes/judge.ts';

/** All that was replayed, and what came of it. */
export type Evaluation = {
  readonly captures: Readonly<Record<Mode, readonly Outcome[]>>;
  readonly verdicts: readonly Verdict[];
  /** Absent: none was looked at. */
  readonly backgrounds?: readonly Background[];
};
