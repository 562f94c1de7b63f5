import type { ResponseName, SentryEvent } from '../../report/event.ts';

/** One response to be run, or to be taken back. */
export type Task = {
  readonly response: ResponseName;
  readonly undo: boolean;
  readonly address: string;
  /** The line or command, tokens filled in. */
  readonly text: string;
  /** Where the line is written; undefined: it is a command. */
  readonly file: string | undefined;
};

/** Hears what became of each task. Must not throw. */
export type TellResponse = (event: Extract<SentryEvent, { event: 'response' }>) => void;
