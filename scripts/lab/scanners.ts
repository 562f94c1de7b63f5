import { isIPv6 } from 'node:net';
import { addresses, type Lab } from './lab.ts';

/** One more address that scans; the sentry's host knows how to reach it, so that no answer waits for a question on the link. */
export async function addScanner({ scanner, sentry }: Lab, address: string): Promise<void> {
  const { stdout } = await scanner.execute('ip', ['-json', 'link', 'show', scanner.interface]);
  const [link] = JSON.parse(stdout) as [{ address: string }];
  const own = isIPv6(address) ? [`${address}/128`, 'nodad'] : [`${address}/24`];
  await scanner.execute('ip', ['address', 'add', own[0]!, 'dev', scanner.interface, ...own.slice(1)]);
  if (isIPv6(address)) {
    const by = ['dev', sentry.interface, 'src', addresses.sentry.ipv6];
    await sentry.execute('ip', ['-6', 'route', 'add', address, ...by]);
  }
  const at = ['lladdr', link.address, 'dev', sentry.interface, 'nud', 'permanent'];
  await sentry.execute('ip', ['neighbour', 'replace', 'to', address, ...at]);
}
