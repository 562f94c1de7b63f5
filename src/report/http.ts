import { createServer, type Server } from 'node:http';
import { SentryError } from '../errors.ts';
import type { Metrics } from './metrics.ts';

/** A scraper asks four times a minute over one connection; more of them than this is an attack or a mistake. */
const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;

/** Serves GET /metrics, and nothing that could change anything. Answers with the address in use. */
export async function serveMetrics(
  metrics: Metrics,
  host: string,
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(
    { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    (request, response) => {
      const path = (request.url ?? '').split('?', 1)[0];
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const answer = (status: number, type: string, body: string) =>
        response
          .writeHead(status, { 'content-type': type })
          .end(request.method === 'HEAD' ? undefined : body);
      if (!isRead) {
        response.setHeader('allow', 'GET, HEAD');
        answer(405, 'text/plain', 'only GET and HEAD\n');
      } else if (path === '/metrics') {
        metrics.render().then(
          (text) => answer(200, metrics.contentType, text),
          (error: Error) => answer(500, 'text/plain', `the metrics cannot be read: ${error.message}\n`),
        );
      } else if (path === '/') {
        answer(200, 'text/plain', 'xdpsentry: see /metrics\n');
      } else {
        answer(404, 'text/plain', 'there is only /metrics\n');
      }
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);
  const address = server.address();
  const actualPort = address && typeof address === 'object' ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
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
