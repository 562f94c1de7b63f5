import type { ResponseResult } from '../../report/event.ts';

/** What became of one response. `detail` says more for people: an exit status, an error, why it did not run. */
export type Outcome = { readonly result: ResponseResult; readonly detail: string | undefined };

/** A failure in the words of what was thrown. */
export const failure = (error: unknown): Outcome => ({
  result: 'failed',
  detail: error instanceof Error ? error.message : String(error),
});

/**
 * True when there is something to take back. A command that was ended did some of its work, and nobody knows how much: its
 * undo runs, because taking back too much harms less than a route that stays for ever.
 */
export const wasDone = ({ result }: Outcome): boolean => result === 'done' || result === 'timed_out';
