import type { ResponsePolicy } from '../../config/policy.ts';
import type { ResponseName } from '../../report/event.ts';
import { type Outcome, wasDone } from './outcome.ts';
import type { ResponseCase } from './plan.ts';

/** A response that was asked for; `outcome` is undefined where it is known to be done. */
export type Answered = { readonly response: ResponseName; readonly outcome: Promise<Outcome> | undefined };

/** A case that has not ended. There may be as many as blocks, so what is over is not kept. */
export type OpenCase = {
  readonly answered: ResponseCase;
  /** By which it was answered, and is taken back. */
  readonly policy: ResponsePolicy;
  responses: readonly Answered[];
  /** Prevents those that have not begun; undefined when all have settled. */
  cancel: AbortController | undefined;
};

/** Resolves when all responses have settled and only those that were done are left. */
export async function forgetWhatIsOver(open: OpenCase): Promise<void> {
  const done: Answered[] = [];
  for (const { response, outcome } of open.responses) {
    if (!outcome || wasDone(await outcome)) done.push({ response, outcome: undefined });
  }
  open.responses = done;
  open.cancel = undefined;
}
