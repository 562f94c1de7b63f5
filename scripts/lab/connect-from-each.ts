/**
 * Connects once from each address, all at the same time. Fails unless each of them is refused.
 * Usage: node connect-from-each.ts TO PORT FROM ...
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const [to, port, ...sources] = process.argv.slice(2);
const ends = sources.map(async (localAddress) => {
  const socket = connect({ host: to!, port: Number(port), localAddress });
  const [error] = (await once(socket, 'close').catch((cause) => [cause])) as [
    NodeJS.ErrnoException | boolean,
  ];
  if (typeof error === 'boolean' || error.code !== 'ECONNREFUSED')
    throw new Error(`${localAddress}: ${error}`);
});
await Promise.all(ends);
