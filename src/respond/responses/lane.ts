import type { Outcome } from './outcome.ts';

/** A queue whose jobs begin in the order in which they came, so many at one time. */
export type Lane = {
  /**
   * Runs `job`, which never rejects, when its turn comes. When `signal` is aborted before, or the lane closed, it never runs
   * and the outcome is `not_run`, for the reason given there.
   */
  run(job: () => Promise<Outcome>, signal?: AbortSignal): Promise<Outcome>;
  /** So many at one time from now on. What runs goes on. */
  resize(size: number): void;
  /** What waits, and all that comes from now on, is not run. What runs goes on. */
  close(why: string): void;
};

type Ticket = { readonly begin: () => void; readonly leave: (why: string) => void };

/** A lane for `size` jobs at one time. */
export function openLane(initialSize: number): Lane {
  let size = initialSize;
  const waiting = new Set<Ticket>();
  let running = 0;
  let closed: string | undefined;

  function callNext(): void {
    for (const ticket of waiting) {
      if (running >= size) return;
      waiting.delete(ticket);
      ticket.begin();
    }
  }

  function queue(job: () => Promise<Outcome>, signal: AbortSignal | undefined): Promise<Outcome> {
    return new Promise((resolve) => {
      const begin = () => {
        signal?.removeEventListener('abort', abandon);
        running++;
        void job().then((outcome) => {
          running--;
          resolve(outcome);
          callNext();
        });
      };
      const leave = (why: string) => {
        signal?.removeEventListener('abort', abandon);
        waiting.delete(ticket);
        resolve({ result: 'not_run', detail: why });
      };
      const abandon = () => leave(String(signal?.reason));
      const ticket = { begin, leave };
      signal?.addEventListener('abort', abandon);
      waiting.add(ticket);
    });
  }

  return {
    run(job, signal) {
      const objection = closed ?? (signal?.aborted ? String(signal.reason) : undefined);
      if (objection !== undefined) return Promise.resolve({ result: 'not_run', detail: objection });
      const outcome = queue(job, signal);
      callNext();
      return outcome;
    },
    resize(next) {
      size = next;
      callNext();
    },
    close(why) {
      closed = why;
      for (const ticket of waiting) ticket.leave(why);
    },
  };
}
