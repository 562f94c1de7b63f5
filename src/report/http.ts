import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { SentryError } from '../errors.ts';
import { boundConnections } from './bound-connections.ts';
import { isLoopback, isStranger } from './host-header.ts';
import type { Metrics } from './metrics.ts';
import { makePages } from './pages.ts';

export type HttpLimits = {
  readonly connections: number;
  /** A request must be here within this time, and whoever takes nothing of his answer for as long is let go. */
  readonly timeoutMs: number;
};

/** A scraper asks four times a minute, and has its answer at once: more at one time is an attack or a mistake. */
export const LIMITS: HttpLimits = { connections: 64, timeoutMs: 10_000 };

/** A scraper's headers are some hundred bytes. */
const MAX_HEADER_BYTES = 8192;

const optionsFor = ({ timeoutMs }: HttpLimits): ServerOptions => ({
  headersTimeout: timeoutMs,
  requestTimeout: timeoutMs,
  connectionsCheckingInterval: Math.min(1000, timeoutMs),
  maxHeaderSize: MAX_HEADER_BYTES,
});

type Answer = { readonly status: number; readonly body: string; readonly type?: string };

/**
 * Serves GET /metrics, and nothing that could change anything. Answers with the address in use. Each connection is for one request: what
 * comes behind it is not looked at, so that one packet cannot ask for a thousand pages.
 */
export async function serveMetrics(
  metrics: Pick<Metrics, 'render' | 'contentType'>,
  host: string,
  port: number,
  limits = LIMITS,
): Promise<{ url: string; close: () => Promise<void> }> {
  const page = makePages(() => metrics.render());
  let isLocal = false;
  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    const hosts = request.headersDistinct['host'] ?? [];
    if (hosts.length > 1) return { status: 400, body: 'more than one Host\n' };
    if (isLocal && isStranger(hosts[0], host))
      return {
        status: 421,
        body: 'this is no host of that name; ask for it by its address, or as localhost\n',
      };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, body: 'only GET and HEAD\n' };
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/') return { status: 200, body: 'xdpsentry: see /metrics\n' };
    if (path !== '/metrics') return { status: 404, body: 'there is only /metrics\n' };
    try {
      return { status: 200, body: await page(), type: metrics.contentType };
    } catch (error) {
      return { status: 500, body: `the metrics cannot be read: ${(error as Error).message}\n` };
    }
  };
  const server = createServer(optionsFor(limits), async (request, response) => {
    const { status, body, type = 'text/plain' } = await answerTo(request);
    if (status === 405) response.setHeader('allow', 'GET, HEAD');
    response
      .writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        connection: 'close',
      })
      .end(request.method === 'HEAD' ? undefined : body);
  });
  server.maxRequestsPerSocket = 1;
  server.timeout = limits.timeoutMs;
  Object.assign(server, { httpAllowHalfOpen: true }); // whoever has asked may close his half; Node.js documents it in its source alone
  boundConnections(server, limits.connections);
  await listen(server, host, port);
  const address = server.address();
  const actual = address && typeof address === 'object' ? address : { address: host, port };
  isLocal = isLoopback(actual.address);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual.port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: that no connection can be accepted for a moment (no descriptors, no memory) must not end the sentry.
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        new SentryError('XS_ERR_METRICS_ADDRESS', `${host}:${port}: ${wordsFor(error)}`, { cause: error }),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}

/** What the errors of listen(2) mean here. */
function wordsFor({ code = '', message }: NodeJS.ErrnoException): string {
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there (EADDRINUSE)',
    EADDRNOTAVAIL: 'this machine has no such address (EADDRNOTAVAIL)',
    EACCES: 'that takes more privileges (EACCES)',
    ENOTFOUND: 'there is no host of that name (ENOTFOUND)',
  };
  return words[code] ?? message;
}
