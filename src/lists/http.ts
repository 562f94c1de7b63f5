import type { IncomingMessage } from 'node:http';
import { request as requestHttp, STATUS_CODES } from 'node:http';
import { request as requestHttps } from 'node:https';
import { version } from '../version.ts';
import { type Chunks, onlyGzip } from './bytes.ts';
import { plainText, quoted } from './quoted.ts';

/** What a server gave with a list, for the next request to ask whether it has changed (RFC 9110 section 13). */
export type Validators = { readonly etag?: string; readonly lastModified?: string };

export type Limits = {
  /** How long the server may say nothing, in milliseconds. */
  readonly idleMs: number;
  /** How long the whole may take. */
  readonly totalMs: number;
};

export const LIMITS: Limits = { idleMs: 30_000, totalMs: 300_000 };

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

export type Answer =
  /** It is what the validators stand for. */
  'unchanged' | { readonly chunks: Chunks; readonly validators: Validators };

/**
 * Asks for a list by http or https. Not by `fetch`: that takes a gzip body that breaks off for a whole one, and a list of
 * which half is missing would let the other half in. Throws an Error that says what is wrong, and so does the body when it
 * breaks off.
 */
export async function get(
  url: URL,
  validators: Validators,
  maxBytes: number,
  limits: Limits = LIMITS,
): Promise<Answer> {
  const signal = AbortSignal.timeout(limits.totalMs);
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const response = await ask(at, validators, limits, signal);
    const { statusCode, headers } = response;
    if (statusCode === 200) {
      if (Number(headers['content-length'] ?? 0) > maxBytes) {
        response.destroy();
        throw new Error(`it is larger than ${maxBytes} bytes`);
      }
      return { chunks: bodyOf(response), validators: validatorsOf(headers) };
    }
    response.destroy();
    if (statusCode === 304 && (validators.etag ?? validators.lastModified) !== undefined) return 'unchanged';
    if (!REDIRECTS.has(statusCode) || headers.location === undefined) {
      throw new Error(`the server answers ${statusCode} ${STATUS_CODES[statusCode!] ?? ''}`.trimEnd());
    }
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    at = follow(headers.location, at);
  }
}

/** Where a redirect leads. Throws when it leads nowhere, or out of the protection of https. */
export function follow(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw new Error('a redirect leads nowhere');
  const to = new URL(location, from);
  const isSafe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  if (!isSafe) throw new Error(`a redirect leads from ${from.protocol} to ${quoted(to.protocol)}`);
  return to;
}

function ask(
  url: URL,
  { etag, lastModified }: Validators,
  limits: Limits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    'user-agent': `xdpsentry/${version}`,
    accept: 'text/plain, application/json, */*;q=0.5',
    'accept-encoding': 'gzip',
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
  return new Promise((resolve, reject) => {
    let response: IncomingMessage | undefined;
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, { headers, timeout: limits.idleMs }, (answer) => {
      response = answer;
      resolve(answer);
    });
    const end = (why: string) => (response ?? request).destroy(new Error(why)); // what breaks off says why
    const endLate = () => end(`it took more than ${seconds(limits.totalMs)}`);
    request.on('timeout', () => end(`the server says nothing for ${seconds(limits.idleMs)}`));
    request.on('error', (error) => reject(new Error(wordsFor(error), { cause: error })));
    request.on('close', () => signal.removeEventListener('abort', endLate));
    signal.addEventListener('abort', endLate);
    request.end();
  });
}

const ENDLESS =
  'the server does not say where it ends (neither Content-Length nor chunked, nor is it gzip), so half of it would look whole';

/** Else the content ends where the connection does, and that may be anywhere (RFC 9112 section 8). */
const saysWhereItEnds = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || /\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '');

/** The content as it was sent: what is gzip is unpacked by whoever reads it. */
async function* bodyOf(response: IncomingMessage): Chunks {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  try {
    if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
      throw new Error(`the server sends it as ${quoted(encoding)}, which nobody asked for`);
    }
    yield* saysWhereItEnds(response) ? response : onlyGzip(response, ENDLESS);
  } catch (error) {
    throw new Error(wordsFor(error as Error), { cause: error });
  } finally {
    response.destroy();
  }
}

function validatorsOf({ etag, 'last-modified': lastModified }: IncomingMessage['headers']): Validators {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

const seconds = (ms: number): string => `${ms / 1000} s`;

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name (ENOTFOUND)',
  EAI_AGAIN: 'no name server answers (EAI_AGAIN)',
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection broke off (ECONNRESET)',
  ENETUNREACH: 'there is no way to that network (ENETUNREACH)',
  EHOSTUNREACH: 'the host does not answer (EHOSTUNREACH)',
};

/**
 * An error may have no message (AggregateError: all addresses of the host failed), and a code that says it all. Messages may hold
 * text of the server's: names in its certificate.
 */
function wordsFor(error: Error & { code?: string }): string {
  return words[error.code ?? ''] ?? plainText(error.message || String(error.code));
}
