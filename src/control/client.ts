import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { type ErrorCode, errorCodes, SentryError } from '../errors.ts';
import { plainly } from '../values/system-error.ts';
import type { Request, Response, Results } from './protocol.ts';

const ANSWER_MS = 10_000;
/** A list of millions is read, and put in force, before the answer. */
const LIST_ANSWER_MS = 300_000;

/** Asks the running sentry. Throws XS_ERR_NOT_RUNNING, XS_ERR_SOCKET, or what the sentry itself answers. */
export async function ask<Command extends keyof Results>(
  path: string,
  request: Request & { command: Command },
): Promise<Results[Command]> {
  const socket = await open(path);
  const answerMs = request.command === 'block_list' ? LIST_ANSWER_MS : ANSWER_MS;
  socket.setTimeout(answerMs, () => socket.destroy(new Error(`no answer within ${answerMs / 1000} s`)));
  socket.write(`${JSON.stringify(request)}\n`);
  let text = '';
  try {
    for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  } catch (error) {
    // Who is turned away gets his answer and, because nobody has read his question, an error after it.
    if (!text.endsWith('\n'))
      throw new SentryError('XS_ERR_SOCKET', `${path}: ${plainly(error)}`, { cause: error });
  }
  const response = parseResponse<Command>(path, text);
  if (response.ok) return response.result;
  const { code, message } = response.error;
  if (!Object.hasOwn(errorCodes, code)) throw new SentryError('XS_ERR_INTERNAL', message);
  const known = code as ErrorCode;
  throw new SentryError(known, message.replace(`${errorCodes[known].what}: `, ''));
}

/** What stands in place of a result is the sentry's to say; that there is one, or a failure in words, is looked at. */
const responseSchema = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
]);

function parseResponse<Command extends keyof Results>(path: string, text: string): Response<Command> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SentryError('XS_ERR_SOCKET', `${path}: the answer was cut short`, { cause: error });
  }
  const parsed = responseSchema.safeParse(json);
  if (!parsed.success) throw new SentryError('XS_ERR_SOCKET', `${path}: that is no answer of xdpsentry`);
  return parsed.data as Response<Command>;
}

/** True when somebody answers there. */
export async function isAnswering(path: string): Promise<boolean> {
  try {
    (await open(path)).destroy();
    return true;
  } catch (error) {
    if (error instanceof SentryError && error.code === 'XS_ERR_NOT_RUNNING') return false;
    throw error;
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const isAbsent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      const detail = isAbsent ? path : `${path}: ${plainly(error)}`;
      reject(new SentryError(isAbsent ? 'XS_ERR_NOT_RUNNING' : 'XS_ERR_SOCKET', detail, { cause: error }));
    });
  });
}
