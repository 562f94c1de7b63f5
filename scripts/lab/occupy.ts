/**
 * Holds a port as a service would, until it is ended; says `ready` when it does.
 * Usage: node occupy.ts tcp|udp PORT
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [protocol, port] = process.argv.slice(2);
const ready = () => console.log('ready');
if (protocol === 'tcp') createServer((socket) => socket.destroy()).listen(Number(port), '0.0.0.0', ready);
else createSocket('udp4').bind(Number(port), '0.0.0.0', ready);
