import type { Lab } from './lab.ts';

/** Where it is, and where the sentry's host is for it. */
const INSIDE = '198.18.0.2';
const OUTSIDE = '198.18.0.1';

const GREETER = `require('node:net').createServer((socket) => socket.end('hello from inside'))
  .listen(80, '0.0.0.0', () => console.log('ready'));`;

/** Address and port of the service in the container. */
export const inside = `${INSIDE}:80`;

/**
 * A network namespace behind the sentry's host, as that of a container: in it somebody serves port 80, and the host forwards packets. It goes with
 * the lab.
 */
export async function addContainer({ sentry }: Lab): Promise<void> {
  const greeter = sentry.spawn('unshare', ['--net', process.execPath, '-e', GREETER]);
  await greeter.waitFor('the service', () => greeter.stdout.includes('ready'));
  const ip = (line: string) => sentry.execute('ip', line.split(' '));
  const within = (line: string) =>
    sentry.execute('nsenter', [`--net=/proc/${greeter.pid}/ns/net`, 'ip', ...line.split(' ')]);
  await ip(`link add c0 type veth peer name c1 netns ${greeter.pid}`);
  await ip(`address add ${OUTSIDE}/30 dev c0`);
  await ip('link set c0 up');
  await within(`address add ${INSIDE}/30 dev c1`);
  await within('link set c1 up');
  await within(`route add default via ${OUTSIDE}`);
  await sentry.execute('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
}
