/** Runs a job; true when it went well. */
export type Attempt = (job: () => Promise<void>) => Promise<boolean>;

/** For jobs that are tried again and again: `tell` hears of the first one that fails, and not again before one has gone well. */
export function attempts(tell: (error: Error) => void): Attempt {
  let isFailing = false;
  return async (job) => {
    try {
      await job();
      isFailing = false;
    } catch (error) {
      if (!isFailing) tell(error as Error);
      isFailing = true;
    }
    return !isFailing;
  };
}
