import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { SentryError, toSentryError } from '../errors.ts';
import { plainly } from '../values/system-error.ts';
import { sendResult } from './answer.ts';
import { isAnswering } from './client.ts';
import { MAX_REQUEST_BYTES, type Request, requestSchema } from './protocol.ts';

/** That of the default: it goes with every reboot. */
const OWN_DIRECTORY = '/run/xdpsentry';

const MAX_CONNECTIONS = 32;
/** A request must be whole within this time, and whoever takes nothing of his answer for as long is let go: there are few places. */
const PATIENCE_MS = 10_000;
/** The umask that leaves mode 0600. */
const OTHERS = 0o177;

const NEWLINE = 0x0a;
const ROOT = 0;

/** Answers who is at the other end of the connection with that descriptor. */
export type PeerOf = (fd: number) => { readonly uid: number };

/** Answers the result, a promise of it, or Portions of a list. */
export type Handler = (request: Request) => unknown;

export type ControlOptions = {
  /** The one directory that is made when it is not there. */
  readonly ownDirectory?: string;
  readonly patienceMs?: number;
};

/**
 * Answers requests on a Unix socket that only its owner may use, and root; the kernel says who asks, for the mode of the file somebody may
 * have changed. Takes over the socket file of a controller that died;
 * makes its own directory, and no other; throws XS_ERR_ALREADY_RUNNING when one is alive, XS_ERR_SOCKET when the path cannot be used.
 */
export async function serveControl(
  path: string,
  peerOf: PeerOf,
  handle: Handler,
  { ownDirectory = OWN_DIRECTORY, patienceMs = PATIENCE_MS }: ControlOptions = {},
): Promise<{ close: () => Promise<void> }> {
  await refuseSecond(path);
  // Not a byte is read of who may not ask.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const objection = objectionTo(socket, peerOf);
    if (objection) return turnAway(socket, objection);
    serveConnection(socket, handle, patienceMs);
    socket.resume();
  });
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let own: number;
  try {
    own = await takePlace(server, path, ownDirectory);
  } catch (error) {
    throw new SentryError('XS_ERR_SOCKET', `${path}: ${plainly(error)}`, { cause: error });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        if (lstatSync(path, { throwIfNoEntry: false })?.ino === own) rmSync(path); // another may have taken the place
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Throws XS_ERR_ALREADY_RUNNING when a controller is alive behind that socket. */
export async function refuseSecond(path: string): Promise<void> {
  if (await isAnswering(path)) throw new SentryError('XS_ERR_ALREADY_RUNNING', path);
}

/**
 * Listens at `path`, and answers with the inode of the socket. Made under another name, with a umask that lets nobody in,
 * and moved into place: so it is private from the start, takes the place of one that a dead controller left behind, and
 * Node.js, which removes the name it listened at, removes nobody else's.
 */
async function takePlace(server: Server, path: string, own: string): Promise<number> {
  const directory = dirname(path);
  if (directory === own && !existsSync(own)) mkdirSync(own, { mode: 0o755 }); // any other that is not there is a slip
  if (!existsSync(directory)) throw new Error('there is no such directory');
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket()) throw new Error('there is a file of that name, and it is no socket');

  const preliminary = join(directory, `.${process.pid}.sock`);
  rmSync(preliminary, { force: true });
  const umask = process.umask(OTHERS);
  try {
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject); // it stays: that no connection can be accepted for a moment must not end the sentry
      server.listen(preliminary, resolve);
    });
  } finally {
    process.umask(umask);
  }
  renameSync(preliminary, path);
  return lstatSync(path).ino;
}

/** Why the peer may not ask; undefined: it may. */
function objectionTo(socket: Socket, peerOf: PeerOf): SentryError | undefined {
  try {
    const { uid } = peerOf(descriptorOf(socket));
    const allowed = new Set([ROOT, process.geteuid?.()]);
    return allowed.has(uid)
      ? undefined
      : new SentryError('XS_ERR_NOT_ALLOWED', `user ${uid} is not one of them`);
  } catch (error) {
    return new SentryError('XS_ERR_NOT_ALLOWED', `nobody knows who asks: ${plainly(error)}`, {
      cause: error,
    });
  }
}

/** Node.js has no other way to it. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } };
  if (handle?.fd === undefined || handle.fd < 0) throw new Error('the connection has no descriptor');
  return handle.fd;
}

/** At once: who may not ask must not take the place of who may. */
function turnAway(socket: Socket, error: SentryError): void {
  socket.on('error', () => socket.destroy());
  socket.end(failureText(error), () => socket.destroy());
}

const failureText = ({ code, message }: SentryError): string =>
  `${JSON.stringify({ ok: false, error: { code, message } })}\n`;

function serveConnection(socket: Socket, handle: Handler, patienceMs: number): void {
  const received: Buffer[] = [];
  let bytes = 0;
  const letGo = () => socket.destroy();
  let deadline = setTimeout(letGo, patienceMs);
  socket.on('close', () => clearTimeout(deadline));
  socket.on('error', letGo); // a client that went away
  const answer = (send: () => void) => {
    socket.setTimeout(patienceMs, letGo);
    socket.once('finish', () => {
      deadline = setTimeout(letGo, patienceMs);
      socket.resume(); // what came behind the request must be out of the way for the end to be seen
    });
    send();
  };
  const refuse = (error: unknown) => {
    answer(() => socket.end(failureText(toSentryError(error))));
  };
  socket.on('data', (chunk: Buffer) => {
    const end = chunk.indexOf(NEWLINE);
    received.push(end < 0 ? chunk : chunk.subarray(0, end));
    bytes += received.at(-1)!.length;
    if (end < 0 && bytes <= MAX_REQUEST_BYTES) return;
    socket.pause();
    socket.removeAllListeners('data');
    clearTimeout(deadline); // from now on the asker says how long he waits: a list of millions takes its time
    try {
      const request = parseRequest(Buffer.concat(received));
      Promise.resolve(handle(request)).then((result) => answer(() => sendResult(socket, result)), refuse);
    } catch (error) {
      refuse(error);
    }
  });
}

function parseRequest(line: Buffer): Request {
  if (line.length > MAX_REQUEST_BYTES) {
    throw new SentryError('XS_ERR_USAGE', `a request is at most ${MAX_REQUEST_BYTES} bytes long`);
  }
  let json: unknown;
  try {
    json = JSON.parse(line.toString('utf8'));
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
