import type { Server, Socket } from 'node:net';

/**
 * Lets a server have so many connections at most. For one more, the oldest of the address that has the most must go: somebody who holds
 * as many as he can locks out himself, and no one else. (`server.maxConnections` refuses the newest, whosever it is.)
 */
export function boundConnections(server: Server, most: number): void {
  const byAddress = new Map<string, Set<Socket>>();
  let count = 0;

  const remove = (address: string, socket: Socket): void => {
    const own = byAddress.get(address);
    if (!own?.delete(socket)) return;
    count--;
    if (own.size === 0) byAddress.delete(address);
  };

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''; // it has gone again
    const own = byAddress.get(address) ?? new Set<Socket>();
    byAddress.set(address, own.add(socket));
    count++;
    socket.once('close', () => remove(address, socket));
    if (count <= most) return;
    const [crowd, theirs] = [...byAddress].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    const [oldest] = theirs;
    if (!oldest) return;
    oldest.destroy();
    remove(crowd, oldest); // its event comes later
  });
}
