import { execFile } from 'node:child_process';

/** A rule set of some ten thousand rules. To parse as much takes a fifth of a second, and nothing else has its turn meanwhile; the ring of events holds out longer. */
const MAX_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 5_000;
/** Whoever starts the sentry may have another one, or none. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a program has printed; or why it did not, of which `isAbsent` says that there is no such program. */
export type ToolAnswer =
  | { readonly text: string; readonly failure?: undefined }
  | { readonly failure: string; readonly isAbsent: boolean };

export type AskTool = (program: string, args: readonly string[]) => Promise<ToolAnswer>;

/** Runs it, for a few seconds at most. Never rejects. */
export const askTool: AskTool = (program, args) =>
  new Promise((resolve) => {
    const options = {
      env: { PATH, LC_ALL: 'C' },
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_BYTES,
    } as const;
    try {
      execFile(program, args, options, (error, text, complaint) => {
        resolve(error ? failed(program, error, complaint) : { text });
      });
    } catch (error) {
      resolve(failed(program, error as Error, ''));
    }
  });

function failed(
  program: string,
  error: Error & { code?: unknown; killed?: boolean },
  complaint: string,
): ToolAnswer {
  const { code, killed, message } = error;
  if (code === 'ENOENT') return { failure: `there is no ${program}`, isAbsent: true };
  const said = complaint.trim().split('\n')[0];
  const why =
    code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
      ? `prints more than ${MAX_BYTES >> 20} MiB`
      : killed
        ? `took longer than ${TIMEOUT_MS / 1000} s`
        : said || message;
  return { failure: `${program}: ${why}`, isAbsent: false };
}
