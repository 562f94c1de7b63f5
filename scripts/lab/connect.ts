/**
 * Connects from one of several addresses, which nmap cannot, and prints what is said before the other side closes.
 * Usage: node connect.ts tcp|udp FROM TO PORT
 */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';

const [protocol, from, to, port] = process.argv.slice(2);
if (protocol === 'tcp') {
  connect({ host: to!, port: Number(port), localAddress: from! }).pipe(process.stdout);
} else {
  const socket = createSocket(isIPv6(from!) ? 'udp6' : 'udp4');
  socket.once('message', (text) => {
    process.stdout.write(text);
    socket.close();
  });
  socket.bind(0, from!, () => socket.send('x', Number(port), to!));
}
