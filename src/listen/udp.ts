import { createSocket, type Socket } from 'node:dgram';
import { plainAddress, withIpv4Fallback } from './address.ts';
import type { Listener, ListenerOptions } from './contact.ts';

/** Banners a second and port: the sender of a datagram may be forged, and the banner is longer than what it answers. */
const BANNERS_PER_SECOND = 10;

/** Takes datagrams at the port, tells of each, answers with the banner. Rejects when the port cannot be had. */
export async function listenUdp(port: number, { banner, onContact }: ListenerOptions): Promise<Listener> {
  const socket = await withIpv4Fallback((host) => bind(host, port));
  const destination = socket.address().address === '0.0.0.0' ? '0.0.0.0' : '::'; // what was sent to is not told
  let second = 0;
  let sent = 0;
  socket.on('message', (_, { address, port: peerPort }) => {
    onContact({ protocol: 'udp', port, address: plainAddress(address), destination });
    const text = banner();
    if (text === undefined || peerPort === 0 || !mayAnswer()) return; // nobody can be answered at port 0
    socket.send(text, peerPort, address, () => undefined); // a forged sender cannot be reached
  });
  socket.on('error', () => undefined); // ICMP errors for banners: nobody is there
  return { close: () => new Promise((resolve) => socket.close(() => resolve())) };

  function mayAnswer(): boolean {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) {
      second = now;
      sent = 0;
    }
    return sent++ < BANNERS_PER_SECOND;
  }
}

function bind(host: '::' | '0.0.0.0', port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: host === '::' ? 'udp6' : 'udp4' });
    socket.once('error', reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
