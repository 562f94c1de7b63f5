import type { ServiceManager } from './report/service-manager.ts';

/** How the sentry is. */
export type Health = {
  /** False: events wait, and nobody has read any since the last look. */
  readonly isReading: boolean;
  /** What it does, in a line. */
  readonly words: string;
};

/** How often the manager gets a new status. */
const STATUS_MS = 10_000;

/**
 * Tells the service manager that the sentry watches, and from then on, that it still does: this timer runs, so the event loop does, and the
 * ring of events is read. Otherwise it says nothing, and the manager does what it does with one that hangs; the program in the kernel goes on.
 */
export function supervise(
  manager: Pick<ServiceManager, 'watchdogMs' | 'ready' | 'tell' | 'alive' | 'stopping'>,
  health: () => Health,
): { /** It ends now. */ stop(why: string): void } {
  let told = health().words;
  manager.ready(told);
  const look = () => {
    const { isReading, words } = health();
    const status = isReading ? words : `events are not read; ${words}`;
    if (status !== told) manager.tell(status);
    told = status;
    if (isReading && manager.watchdogMs !== undefined) manager.alive();
  };
  // Twice in the half that is usual: after a pause of the machine the first look may come before the ring has its turn.
  const everyMs = Math.min(STATUS_MS, (manager.watchdogMs ?? Infinity) / 4);
  const timer = setInterval(look, everyMs);
  return {
    stop(why) {
      clearInterval(timer);
      manager.stopping(why);
    },
  };
}
