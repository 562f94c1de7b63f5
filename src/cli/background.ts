import { spawn } from 'node:child_process';
import { type ErrorCode, SentryError, toSentryError } from '../errors.ts';

/** What the process in the background says to the one that started it: once, then they part. */
type Report = { readonly failure?: { readonly code: ErrorCode; readonly detail: string } };

/**
 * Runs this program once more with the given arguments, detached from terminal and session, and returns its pid when it watches.
 * Throws what it failed with: PortSentry left that to syslog.
 */
export async function startInBackground(argv: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...argv], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const report = await new Promise<Report>((resolve, reject) => {
    child.once('error', reject);
    child.once('message', resolve);
    child.once('close', (code, signal) =>
      reject(new Error(`it ended with ${signal ?? code} and said nothing`)),
    );
  });
  child.unref();
  if (child.connected) child.disconnect();
  if (report.failure) throw new SentryError(report.failure.code, report.failure.detail);
  return child.pid!;
}

/** Tells the starter that the sentry watches. */
export function reportReady(): void {
  send({});
}

/** Tells the starter why it does not. */
export function reportFailure(error: unknown): void {
  const { code, detail } = toSentryError(error);
  send({ failure: { code, detail } });
}

/** Without effect in the foreground, where nobody waits. */
function send(report: Report): void {
  process.send?.(report, undefined, undefined, () => {
    if (process.connected) process.disconnect(); // the starter may have gone before
  });
}
