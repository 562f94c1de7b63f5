import { ask } from '../control/client.ts';
import type { Request, Results } from '../control/protocol.ts';
import { SentryError } from '../errors.ts';
import { type ProgramHere, programsHere } from '../kernel/left-behind.ts';
import { trialWords } from '../remarks.ts';

/**
 * Asks the running sentry. When none answers, because it has ended or hangs, the error says which of its programs go on without it on the
 * interfaces here: what they do the kernel knows.
 */
export async function askSentry<Command extends keyof Results>(
  socket: string,
  request: Request & { command: Command },
): Promise<Results[Command]> {
  try {
    return await ask<Command>(socket, request);
  } catch (error) {
    const isSilent = error instanceof SentryError && SILENT.has(error.code);
    const found = isSilent ? lookAtKernel() : [];
    if (found.length === 0) throw error;
    const { code, detail } = error as SentryError;
    throw new SentryError(code, [detail, ...found].join('; '), { cause: error });
  }
}

const SILENT: ReadonlySet<string> = new Set(['XS_ERR_NOT_RUNNING', 'XS_ERR_SOCKET']);

/** Nothing for those who may not read it, or when it is taken away in this moment. */
function lookAtKernel(): string[] {
  try {
    return programsHere().map(
      (it) => `on ${it.interface} there is the program of process ${it.pid}: ${wordsFor(it)}`,
    );
  } catch {
    return [];
  }
}

const wordsFor = ({ trial }: ProgramHere): string =>
  trial
    ? trialWords(trial)
    : 'it goes on dropping whom it has blocked until the next sentry takes over, or `xdpsentry detach` lets everybody in';
