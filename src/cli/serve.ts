import type { Policy } from '../config/policy.ts';
import { startDaemon } from '../daemon.ts';
import { toSentryError } from '../errors.ts';
import { loginPeer } from '../host/login.ts';
import type { Output } from './output.ts';

/** How a sentry is told to stop. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * How a service manager ends it, perhaps to start another one, and how a terminal that goes does: nobody has said that everybody
 * is to be let in, so its program stays on the interface.
 */
const LEAVE_SIGNALS: ReadonlySet<string> = new Set(['SIGTERM', 'SIGHUP']);

export type ServeOptions = {
  readonly signals?: readonly NodeJS.Signals[];
  /** Called when the sentry watches. */
  readonly onReady?: () => void;
};

/** Runs the sentry until one of the signals comes or somebody asks it to stop; a second signal ends the process at once. Throws a SentryError when it fails. */
export async function serve(policy: Policy, output: Output, options: ServeOptions = {}): Promise<void> {
  const stopped = firstOf(options.signals ?? STOP_SIGNALS); // before the start: a signal while it starts must not be lost
  const daemon = await startDaemon(policy, output.out, loginPeer());
  options.onReady?.();
  try {
    const cause = await Promise.race([stopped, daemon.asked, daemon.rolledBack]);
    await (LEAVE_SIGNALS.has(cause) ? daemon.leave(cause) : daemon.stop(cause));
  } catch (error) {
    await daemon.stop(toSentryError(error).code === 'XS_ERR_ROLLED_BACK' ? 'a rollback' : 'a failure');
    throw error;
  }
}

function firstOf(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, resolve);
  });
}
