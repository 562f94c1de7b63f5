import { release } from 'node:os';
import type { Section } from './sections/section.ts';

/** How the figures came about. */
export type Run = {
  readonly command: string;
  /** Whose rules: a file, or the built-in ones. */
  readonly policy: string;
  readonly captures: number;
  readonly scenes: number;
  readonly kernel: string;
  readonly node: string;
  /** ISO 8601. */
  readonly at: string;
  readonly seconds: number;
};

/** docs/evaluation/eval.json */
export type Kept = { readonly run: Run; readonly sections: readonly Section[] };

export const runOf = (counts: Pick<Run, 'command' | 'policy' | 'captures' | 'scenes' | 'seconds'>): Run => ({
  ...counts,
  kernel: release(),
  node: process.version,
  at: new Date().toISOString(),
});
