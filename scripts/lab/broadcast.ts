/**
 * Sends one datagram to a broadcast address.
 * Usage: node broadcast.ts FROM TO PORT
 */
import { createSocket } from 'node:dgram';

const [from, to, port] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.bind(0, from!, () => {
  socket.setBroadcast(true);
  socket.send('x', Number(port), to!, (error) => {
    if (error) throw error;
    socket.close();
  });
});
