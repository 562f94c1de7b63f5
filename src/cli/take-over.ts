import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isAnswering } from '../control/client.ts';
import type { Status } from '../control/protocol.ts';
import { SentryError } from '../errors.ts';

/** Longer than a sentry takes to stop. */
const STOP_MS = 8_000;
const LOOK_MS = 50;

/**
 * The modes of the sentry that runs as PortSentry behind that socket; undefined when none does. Throws
 * XS_ERR_ALREADY_RUNNING when it is one without PortSentry's modes.
 */
export async function runningModes(socket: string): Promise<Status['modes'] | undefined> {
  if (!(await isAnswering(socket))) return undefined;
  const { modes } = await ask(socket, { command: 'status' });
  if (!modes) throw new SentryError('XS_ERR_ALREADY_RUNNING', socket);
  return modes;
}

/**
 * Ends the sentry behind that socket and waits until its process has ended: it answers no more before it has detached (or left its
 * program behind, with `leaves`) and written its files. Answers its pid. Throws XS_ERR_NOT_RUNNING, and XS_ERR_ALREADY_RUNNING when it
 * will not go.
 */
export async function endRunning(socket: string, { leaves = false } = {}): Promise<number> {
  const { pid } = await ask(socket, { command: 'stop', ...(leaves && { leaves }) }); // one of an earlier version knows no more
  const deadlineMs = performance.now() + STOP_MS;
  while (!hasEnded(pid)) {
    if (performance.now() > deadlineMs) {
      throw new SentryError('XS_ERR_ALREADY_RUNNING', `${socket}: process ${pid} did not end`);
    }
    await sleep(LOOK_MS);
  }
  return pid;
}

/** Z: a zombie, which its parent has not asked after; in a container without init nobody ever does. */
function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true; // there is no such process
  }
}
