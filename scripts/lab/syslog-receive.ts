/**
 * Stands where a syslog daemon would: prints what is sent to the socket, each datagram as a JSON string on a line of its own,
 * until it is ended. A process of its own, because the kernel takes the length of the queue from the receiver's network namespace.
 * Usage: node syslog-receive.ts PATH
 */
import { UnixDatagram } from 'bpf-loader-native';

/** Ten, the kernel's default, is what a burst of start-up lines overruns; systemd sets 512. */
const POLL_MS = 1;

const path = process.argv[2];
if (path === undefined) throw new Error('usage: syslog-receive.ts PATH');
const socket = UnixDatagram.bind(path);
const decoder = new TextDecoder('latin1');
console.log('ready');
setInterval(() => {
  for (let datagram = socket.receive(); datagram; datagram = socket.receive()) {
    console.log(JSON.stringify(decoder.decode(datagram)));
  }
}, POLL_MS);
