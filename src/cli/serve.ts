import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Policy } from '../config/policy.ts';
import { type Daemon, SUCCESSION, startDaemon } from '../daemon.ts';
import { toSentryError } from '../errors.ts';
import { loginPeer } from '../host/login.ts';
import { UnixDatagram } from '../kernel/unix-datagram.ts';
import { ServiceManager } from '../report/service-manager.ts';
import { supervise } from '../supervision.ts';
import { complain, type Output } from './output.ts';

/** How a sentry is told to stop. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/**
 * How a service manager ends it, perhaps to start another one, how a terminal that goes does, and another sentry that takes its place:
 * nobody has said that everybody is to be let in, so its program stays on the interface.
 */
const LEAVE_CAUSES: ReadonlySet<string> = new Set(['SIGTERM', 'SIGHUP', SUCCESSION]);

export type ServeOptions = {
  /** Called when the sentry watches. */
  readonly onReady?: () => void;
};

/** Tells on standard error what is wrong with the service manager. */
const openManager = (output: Output) =>
  new ServiceManager({
    environment: process.env,
    pid: process.pid,
    open: (path) => UnixDatagram.open(path),
    onError: (message) => output.err(`xdpsentry: ${message}\n`),
  });

/**
 * Runs the sentry until one of the signals comes, its terminal goes, or somebody asks it to stop; a second signal ends the process at
 * once. SIGHUP reloads. `read` reads the policy, now and again at each reload. Throws a SentryError when it fails.
 */
export async function serve(read: () => Policy, output: Output, options: ServeOptions = {}): Promise<void> {
  let daemon: Daemon | undefined;
  const hasTerminal = isatty(0) || isatty(1);
  let isReloadDue = false;
  // All before the start: a signal while it starts must not be lost.
  const stopped = firstOf(STOP_SIGNALS);
  const hungUp = new Promise<NodeJS.Signals>((resolve) => {
    process.on('SIGHUP', () => {
      if (hasTerminal && isTerminalGone()) resolve('SIGHUP');
      else if (daemon) reload(daemon);
      else isReloadDue = true;
    });
  });
  const manager = openManager(output);
  daemon = await startDaemon(read, output.out, loginPeer());
  const supervision = supervise(manager, () => daemon.health());
  options.onReady?.();
  if (isReloadDue) reload(daemon);
  try {
    const cause = await Promise.race([stopped, hungUp, daemon.asked, daemon.rolledBack]);
    supervision.stop(`stops on ${cause}`);
    await (LEAVE_CAUSES.has(cause) ? daemon.leave(cause) : daemon.stop(cause));
  } catch (error) {
    const cause = toSentryError(error).code === 'XS_ERR_ROLLED_BACK' ? 'a rollback' : 'a failure';
    supervision.stop(`stops on ${cause}`);
    await daemon.stop(cause).catch((second: unknown) => complain(output, second)); // what went wrong first decides the exit code
    throw error;
  } finally {
    await manager.close();
  }
}

/** It tells itself of what comes of it. */
const reload = (daemon: Daemon): void => void daemon.reload().catch(() => undefined);

/** To be asked only of a process that had one. */
function isTerminalGone(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}

function firstOf(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, resolve);
  });
}
