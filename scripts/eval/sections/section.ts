import { type Share, shareOf, shareText } from '../interval.ts';

/** Null: there is nothing to say. */
export type Cell = string | number | Share | null;

/** A table of the evaluation, for one of the metrics of what scan detectors are measured by. */
export type Section = {
  /** M1, M2, … */
  readonly metric: string;
  readonly title: string;
  /** What the lines are, what is counted in them, and what would be right. */
  readonly about: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What is behind the figures: who was missed, who was wrongly blamed. */
  readonly notes: readonly string[];
};

export const cellText = (cell: Cell): string | number =>
  cell === null ? '-' : typeof cell === 'object' ? shareText(cell) : cell;

/** How many of these it is true of. */
export const shareWhere = <T>(those: readonly T[], is: (one: T) => boolean): Share =>
  shareOf(those.filter(is).length, those.length);

/** In the order in which they come first. */
export const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Something was counted in it. */
export const hasFigures = ({ rows }: Section): boolean =>
  rows
    .flat()
    .some((cell) =>
      typeof cell === 'object' && cell ? cell.trials > 0 : typeof cell === 'number' && cell > 0,
    );
