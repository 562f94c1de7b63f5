import { SentryError } from '../errors.ts';
import { unconfirmedHere } from '../kernel/left-behind.ts';
import { trialWords } from '../remarks.ts';

/**
 * The answer of the running sentry. When there is none, because it has ended or hangs, the error says what enforcement there is on the
 * interfaces here that nobody has confirmed: what became of that the kernel knows.
 */
export async function orTellOfTrials<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
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
    return unconfirmedHere().map(
      (it) => `on ${it.interface} there is the program of process ${it.pid}: ${trialWords(it)}`,
    );
  } catch {
    return [];
  }
}
