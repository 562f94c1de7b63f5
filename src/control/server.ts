import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { SentryError, toSentryError } from '../errors.ts';
import { isAnswering } from './client.ts';
import { MAX_REQUEST_BYTES, type Request, requestSchema } from './protocol.ts';

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 32;
const OWNER_ONLY = 0o600;

export type Handler = (request: Request) => unknown;

/**
 * Answers requests on a Unix socket that only its owner may use. Takes over the socket file of a controller that died;
 * throws XS_ERR_ALREADY_RUNNING when one is alive, XS_ERR_SOCKET when the path cannot be used.
 */
export async function serveControl(path: string, handle: Handler): Promise<{ close: () => Promise<void> }> {
  await refuseSecond(path);
  const server = createServer((socket) => serveConnection(socket, handle));
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    makeDirectory(dirname(path));
    removeOldSocket(path);
    await listenPrivately(server, path);
  } catch (error) {
    throw new SentryError('XS_ERR_SOCKET', `${path}: ${(error as Error).message}`, { cause: error });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Throws XS_ERR_ALREADY_RUNNING when a controller is alive behind that socket. */
export async function refuseSecond(path: string): Promise<void> {
  if (await isAnswering(path)) throw new SentryError('XS_ERR_ALREADY_RUNNING', path);
}

/** One level at most: a path that is wrong from further up is a slip. */
function makeDirectory(path: string): void {
  if (!existsSync(path)) mkdirSync(path);
}

/** What a controller left behind that died. A file of another kind is somebody's, and stays. */
function removeOldSocket(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket()) throw new Error('there is a file of that name, and it is no socket');
  rmSync(path, { force: true });
}

/** The umask closes the moment between making the socket and its chmod. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, OWNER_ONLY);
  } finally {
    process.umask(umask);
  }
}

function serveConnection(socket: Socket, handle: Handler): void {
  let received = '';
  const answer = (response: unknown) => socket.end(`${JSON.stringify(response)}\n`);
  const refuse = (error: unknown) => {
    const { code, message } = toSentryError(error);
    answer({ ok: false, error: { code, message } });
  };
  socket.setEncoding('utf8');
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy()); // a client that went away
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\n');
    if (end < 0 && received.length <= MAX_REQUEST_BYTES) return;
    socket.pause();
    socket.removeAllListeners('data');
    try {
      const request = parseRequest(end < 0 ? received : received.slice(0, end));
      Promise.resolve(handle(request)).then((result) => answer({ ok: true, result }), refuse);
    } catch (error) {
      refuse(error);
    }
  });
}

function parseRequest(line: string): Request {
  if (line.length > MAX_REQUEST_BYTES) {
    throw new SentryError('XS_ERR_USAGE', `a request is at most ${MAX_REQUEST_BYTES} bytes long`);
  }
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new SentryError('XS_ERR_USAGE', 'a request is one line of JSON');
  }
  const parsed = requestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SentryError('XS_ERR_USAGE', `${issue!.path.join('.') || 'request'}: ${issue!.message}`);
  }
  return parsed.data;
}
