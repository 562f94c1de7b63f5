import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type HttpLimits, LIMITS, serveMetrics } from '../../../../src/report/http.ts';

export const PAGE = 'xdpsentry_alerts_total 7\n';

/** The endpoint with a page of the test's own, which counts how often it was made. */
export class TestEndpoint implements AsyncDisposable {
  made = 0;
  page: () => string | Promise<string> = () => PAGE;
  #http: { readonly url: string; close(): Promise<void> } | undefined;

  static async start(host = '127.0.0.1', limits: Partial<HttpLimits> = {}): Promise<TestEndpoint> {
    const endpoint = new TestEndpoint();
    const metrics = {
      contentType: 'text/plain; version=0.0.4',
      async render() {
        endpoint.made++;
        return await endpoint.page();
      },
    };
    endpoint.#http = await serveMetrics(metrics, host, 0, { ...LIMITS, ...limits });
    return endpoint;
  }

  get url(): string {
    return this.#http!.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http?.close();
  }

  /** A connection that may be closed at its two ends one after the other, and whose errors are no surprise. */
  async connect(localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ port: this.port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return socket;
  }

  /** Sends these pieces, each by itself, and that there are no more; answers with all that comes back until the end. */
  async say(...pieces: readonly (string | Uint8Array)[]): Promise<{ text: string; isReset: boolean }> {
    const socket = await this.connect();
    const answer = everythingFrom(socket);
    socket.setNoDelay();
    for (const piece of pieces) {
      socket.write(piece);
      await nextTurn();
    }
    socket.end();
    return await answer;
  }
}

/** What comes until the other side has ended, and whether it ended in the middle. */
export function everythingFrom(socket: Socket): Promise<{ text: string; isReset: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    let isReset = false;
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.on('error', () => {
      isReset = true;
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ text, isReset }));
  });
}

export const get = (path = '/metrics', ...headers: readonly string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`;

export const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
