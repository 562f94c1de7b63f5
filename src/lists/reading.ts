import type { ListObjection } from '../values/list-objection.ts';
import type { PrefixColumns } from '../values/prefix-columns.ts';

/** How a list is written. `plain`: an address or network a line; netsets are that with comments. `spamhaus`: JSON, an object a line. */
export const listFormats = ['plain', 'netset', 'spamhaus'] as const;
export type ListFormat = (typeof listFormats)[number];

/** Something to say about a line (from 1) of a list. */
export type ListRemark = { readonly line: number; readonly text: string };

/** What there is to say about a list that was read; enough for people, and small however long the list is. */
export type ListFacts = {
  /** Networks that are put in force; those that are own or ignored at present are among them. */
  readonly ipv4: number;
  readonly ipv6: number;
  /** Networks that were there already, by themselves or within wider ones. */
  readonly repeated: number;
  /** Networks that kept nobody out when the list was read, by the reason; each time that they are on it. */
  readonly skipped: Readonly<Record<ListObjection, number>>;
  /** Lines that could not be read. */
  readonly bad: number;
  /** The first few of them, and of the networks that keep nobody out. */
  readonly badLines: readonly ListRemark[];
  readonly skippedLines: readonly ListRemark[];
};

export type Reading = { readonly columns: PrefixColumns; readonly facts: ListFacts };
