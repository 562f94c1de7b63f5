import { type HostsDeny, hostsDenyFiles } from './hosts-deny.ts';
import { runShell } from './shell.ts';

/** What responses do to the world, for tests to put something else in its place. */
export type Effects = {
  readonly shell: typeof runShell;
  readonly hostsDeny: HostsDeny;
  /** Calls `run` once after so many milliseconds, and answers a function that prevents it. */
  readonly after: (ms: number, run: () => void) => () => void;
};

/** The real ones. A timer of theirs keeps no process alive. */
export const realEffects = (): Effects => ({
  shell: runShell,
  hostsDeny: hostsDenyFiles(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
});
