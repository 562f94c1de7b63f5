import type { ListObjection } from '../respond/list-guard.ts';
import type { PrefixColumns } from '../values/prefix-columns.ts';

/** How a list is written. `plain`: an address or network a line; netsets are that with comments. `spamhaus`: JSON, an object a line. */
export const listFormats = ['plain', 'netset', 'spamhaus'] as const;
export type ListFormat = (typeof listFormats)[number];

/** Something to say about a line (from 1) of a list. */
export type ListRemark = { readonly line: number; readonly text: string };

/** What there is to say about a list that was read; enough for people, and small however long the list is. */
export type ListFacts = {
  readonly ipv4: number;
  readonly ipv6: number;
  /** Networks that were there already, by themselves or within wider ones. */
  readonly repeated: number;
  /** Networks that were left out, by the reason. */
  readonly skipped: Readonly<Record<ListObjection, number>>;
  /** Lines that could not be read. */
  readonly bad: number;
  /** The first few of them, and of the networks that were left out. */
  readonly badLines: readonly ListRemark[];
  readonly skippedLines: readonly ListRemark[];
};

export type Reading = { readonly columns: PrefixColumns; readonly facts: ListFacts };
