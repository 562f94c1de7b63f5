import { createServer, type Server, type Socket } from 'node:net';
import { plainAddress, withIpv4Fallback } from './address.ts';
import type { Listener, ListenerOptions } from './contact.ts';

/** How long a peer may take to close after the banner; then the connection is reset. */
const GOODBYE_MS = 1_000;
/** Connections of one port at one time; those beyond are told of and closed at once. */
const MAX_CONNECTIONS = 256;

type Ends = { readonly remoteAddress?: string | undefined; readonly localAddress?: string | undefined };

/** Accepts connections at the port, tells of each, sends the banner and closes. Rejects when the port cannot be had. */
export async function listenTcp(
  port: number,
  { banner, onContact, warn }: ListenerOptions,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = await withIpv4Fallback((host) => bind(host, port));
  const tell = ({ remoteAddress, localAddress }: Ends) => {
    if (remoteAddress === undefined) {
      return warn(`somebody connected to TCP port ${port} and was gone before he could be asked who he was`);
    }
    const [address, destination] = [plainAddress(remoteAddress), plainAddress(localAddress ?? '')];
    onContact({ protocol: 'tcp', port, address, destination });
  };
  server.on('drop', (ends) => ends && tell(ends));
  server.on('error', (error) =>
    warn(`a connection to TCP port ${port} cannot be accepted: ${error.message}`),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    tell(socket);
    sayGoodbye(socket, banner);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function bind(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.maxConnections = MAX_CONNECTIONS;
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** A peer that is blocked by now answers nothing any more: the reset keeps the kernel from repeating itself. */
function sayGoodbye(socket: Socket, banner: string | undefined): void {
  const timer = setTimeout(() => socket.resetAndDestroy(), GOODBYE_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => socket.destroy()); // the peer was faster
  socket.resume();
  socket.end(banner ?? '');
}
