/**
 * Sends BURST datagrams (default: one) each millisecond until it is ended, whatever comes back; says `ready` when it has begun.
 * Usage: node pester.ts FROM TO PORT [BURST]
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const [from, to, port, burst = '1'] = process.argv.slice(2);
const socket = createSocket(isIPv6(to!) ? 'udp6' : 'udp4').on('error', () => undefined); // ICMP errors of a port that nobody serves
socket.bind(0, from!, () => {
  setInterval(() => {
    for (let sent = 0; sent < Number(burst); sent++) socket.send('x', Number(port), to!);
  }, 1);
  console.log('ready');
});
