/**
 * Sends a datagram each millisecond until it is ended, whatever comes back; says `ready` when it has begun.
 * Usage: node pester.ts FROM TO PORT
 */
import { createSocket } from 'node:dgram';

const [from, to, port] = process.argv.slice(2);
const socket = createSocket('udp4').on('error', () => undefined); // ICMP errors of a port that nobody serves
socket.bind(0, from!, () => {
  setInterval(() => socket.send('x', Number(port), to!), 1);
  console.log('ready');
});
