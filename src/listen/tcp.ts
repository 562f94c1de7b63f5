import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { TcpListener } from '../kernel/tcp-listener.ts';
import { withIpv4Fallback } from './address.ts';
import type { Listener, ListenerOptions } from './contact.ts';

/** How long a peer may take to close after the banner; then the connection is reset. */
const GOODBYE_MS = 1_000;
/** Connections of one port at one time; those beyond are told of and closed at once. */
const MAX_CONNECTIONS = 256;
/** Visitors whom one turn of the event loop takes in, so that a flood of them leaves time for all else. */
const MAX_A_TURN = 256;
/** Until it is tried again to accept what could not be, mostly for want of descriptors: the kernel would say so without a pause. */
const RETRY_MS = 100;

type Visitor = NonNullable<ReturnType<TcpListener['accept']>>;

/**
 * Accepts connections at the port, tells of each, also of those that were reset before, sends the banner and closes. Rejects
 * when the port cannot be had.
 */
export async function listenTcp(
  port: number,
  { banner, onContact, openTcp, warn }: ListenerOptions,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  let retry: NodeJS.Timeout | undefined;
  const listener = await withIpv4Fallback(async (host) => openTcp({ host, port }, acceptSome));
  return {
    close: async () => {
      clearTimeout(retry);
      listener.close();
      await Promise.all([...sockets].map(destroyed));
    },
  };

  function acceptSome(): void {
    for (let count = 0; count < MAX_A_TURN; count++) {
      const visitor = acceptOne();
      if (!visitor) return;
      meet(visitor);
    }
  }

  function acceptOne(): Visitor | undefined {
    try {
      return listener.accept();
    } catch (error) {
      warn(`visitors of TCP port ${port} wait, for they cannot be accepted: ${explain(error)}`);
      listener.pause();
      retry = setTimeout(() => listener.resume(), RETRY_MS);
      return undefined;
    }
  }

  function meet({ fd, address, localAddress: destination }: Visitor): void {
    onContact({ protocol: 'tcp', port, address, destination });
    if (sockets.size >= MAX_CONNECTIONS) {
      closeSync(fd);
      return;
    }
    const socket = new Socket({ fd, readable: true, writable: true });
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sayGoodbye(socket, banner());
  }
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' ? `${message}; "ulimit -n" or LimitNOFILE= allows more open files` : message;
}

/** A peer that is blocked by now answers nothing any more: the reset keeps the kernel from repeating itself. */
function sayGoodbye(socket: Socket, banner: string | undefined): void {
  const timer = setTimeout(() => socket.resetAndDestroy(), GOODBYE_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => socket.destroy()); // the peer was faster
  socket.resume();
  socket.end(banner ?? '');
}

const destroyed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve()).destroy();
  });
