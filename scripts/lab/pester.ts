/**
 * Sends BURST datagrams (default: one) each millisecond until it is ended, whatever comes back; says `ready` when it has begun, and on
 * SIGTERM how many it has sent. Usage: node pester.ts FROM TO PORT [BURST]
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const [from, to, port, burst = '1'] = process.argv.slice(2);
const socket = createSocket(isIPv6(to!) ? 'udp6' : 'udp4').on('error', () => undefined); // ICMP errors of a port that nobody serves
let [sent, failed, underWay] = [0, 0, 0];
let timer: NodeJS.Timeout | undefined;
let isEnding = false;

function end(): void {
  if (isEnding && underWay === 0)
    process.stdout.write(`sent ${sent}, failed ${failed}\n`, () => process.exit());
}

socket.bind(0, from!, () => {
  timer = setInterval(() => {
    for (let count = 0; count < Number(burst); count++) {
      underWay++;
      socket.send('x', Number(port), to!, (error) => {
        underWay--;
        if (error) failed++;
        else sent++;
        end();
      });
    }
  }, 1);
  console.log('ready');
});

process.on('SIGTERM', () => {
  clearInterval(timer);
  isEnding = true;
  end();
});
