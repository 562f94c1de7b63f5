import type { Policy } from '../config/policy.ts';
import { startDaemon } from '../daemon.ts';
import { loginPeer } from '../host/login.ts';
import { UnixDatagram } from '../kernel/unix-datagram.ts';
import { ServiceManager } from '../report/service-manager.ts';
import { supervise } from '../supervision.ts';
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

/** Tells on standard error what is wrong with the service manager. */
const openManager = (output: Output) =>
  new ServiceManager({
    environment: process.env,
    pid: process.pid,
    open: (path) => UnixDatagram.open(path),
    nowNs: () => process.hrtime.bigint(),
    onError: (message) => output.err(`xdpsentry: ${message}\n`),
  });

/** Runs the sentry until one of the signals comes or somebody asks it to stop; a second signal ends the process at once. Throws a SentryError when it fails. */
export async function serve(policy: Policy, output: Output, options: ServeOptions = {}): Promise<void> {
  const stopped = firstOf(options.signals ?? STOP_SIGNALS); // before the start: a signal while it starts must not be lost
  const manager = openManager(output);
  const daemon = await startDaemon(policy, output.out, loginPeer());
  const supervision = supervise(manager, () => daemon.health());
  options.onReady?.();
  try {
    const cause = await Promise.race([stopped, daemon.asked]);
    supervision.stop(`stops on ${cause}`);
    await (LEAVE_SIGNALS.has(cause) ? daemon.leave(cause) : daemon.stop(cause));
  } catch (error) {
    await daemon.stop('a failure');
    throw error;
  } finally {
    await manager.close();
  }
}

function firstOf(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, resolve);
  });
}
