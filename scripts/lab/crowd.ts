import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addresses, type Lab } from './lab.ts';

const CONNECT = new URL('./connect-from-each.ts', import.meta.url).pathname;
/** For benchmarks and nobody's (RFC 2544). */
const NETWORK = '198.18.0.0/15';

/**
 * Many sources: `size` addresses, at most 65,024, on the scanner's machine, which the sentry's host reaches by way of the client; or, for the
 * client is then a gateway, and guarded, without anybody between.
 */
export async function makeCrowd(
  { scanner, sentry, directory }: Lab,
  size: number,
  { isDirect = false } = {},
): Promise<readonly string[]> {
  const crowd = Array.from(
    { length: size },
    (_, index) => `198.18.${Math.floor(index / 254)}.${1 + (index % 254)}`,
  );
  const batch = join(directory, 'crowd');
  writeFileSync(
    batch,
    crowd.map((address) => `address add ${address}/32 dev ${scanner.interface}\n`).join(''),
  );
  await scanner.execute('ip', ['-batch', batch]);
  // By way of somebody else, so that one entry in the sentry's neighbour table will do for all.
  const way = isDirect ? ['dev', sentry.interface] : ['via', addresses.client.ipv4];
  await sentry.execute('ip', ['route', 'add', NETWORK, ...way]);
  return crowd;
}

/** Has each of them connect to a port once, all at the same time, and be refused. */
export async function connectFromEach(
  { scanner }: Lab,
  crowd: readonly string[],
  port: number,
): Promise<void> {
  await scanner.execute(process.execPath, [CONNECT, addresses.sentry.ipv4, String(port), ...crowd]);
}
