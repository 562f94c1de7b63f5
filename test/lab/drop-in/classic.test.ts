/** Modes that listen, -tcp and -udp: somebody has to complete a handshake, and is answered. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scan, start } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { CONFIG, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS, type Options } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const CONNECT = new URL('../../../scripts/lab/connect.ts', import.meta.url).pathname;
const OCCUPY = new URL('../../../scripts/lab/occupy.ts', import.meta.url).pathname;
const { sentry: server, scanner, client } = addresses;
/** No line end, no escapes: it is sent as it stands there. */
const BANNER = '** UNAUTHORIZED ACCESS PROHIBITED *** \\n 100% $TARGET$';
const NO_RESPONSES: Options = { KILL_ROUTE: undefined, KILL_HOSTS_DENY: undefined, KILL_RUN_CMD: undefined };

const hostWith = async (options: Options): Promise<PortsentryHost> =>
  await PortsentryHost.create('ours', { [CONFIG]: configOf({ ...DEFAULTS, ...NO_RESPONSES, ...options }) });

/** What is said to whoever connects from there. */
async function hear(
  { lab }: PortsentryHost,
  protocol: 'tcp' | 'udp',
  from: string,
  port: number,
): Promise<string> {
  const to = from.includes(':') ? server.ipv6 : server.ipv4;
  return (await lab.scanner.execute(process.execPath, [CONNECT, protocol, from, to, String(port)])).stdout;
}

const contact = (from: string, protocol: string, port: number) =>
  `attackalert: Connect from host: ${from}/${from} to ${protocol} port: ${port}`;
const contacts = (host: PortsentryHost) =>
  host.lines().filter((line) => line.startsWith('attackalert: Connect '));

describe('modes that listen', { skip, concurrency: true }, () => {
  test('a connection is told of and hears the banner, IPv4 and IPv6; a half-open scan is not', async () => {
    await using host = await hostWith({ PORT_BANNER: BANNER });
    await start(host, 'portsentry', '-tcp', '-udp');
    assert.equal(await scan(host, '-sS -p 1,11,15,79'), 4, 'they are open');
    assert.equal(await hear(host, 'tcp', scanner.ipv4, 11), BANNER);
    assert.equal(await hear(host, 'tcp', scanner.ipv6, 15), BANNER);
    assert.equal(await hear(host, 'udp', client.ipv4, 7), BANNER);
    const wanted = [
      contact(scanner.ipv4, 'TCP', 11),
      contact(scanner.ipv6, 'TCP', 15),
      contact(client.ipv4, 'UDP', 7),
    ];
    await host.waitFor('the lines', () => contacts(host).length >= wanted.length);
    assert.deepEqual(contacts(host), wanted);
  });

  test('BLOCK_TCP="1": the first connection hears the banner, the second one nothing', async () => {
    await using host = await hostWith({ PORT_BANNER: BANNER, BLOCK_TCP: '1' });
    await start(host, 'portsentry', '-tcp');
    assert.equal(await hear(host, 'tcp', scanner.ipv4, 11), BANNER);
    assert.equal(await hear(host, 'tcp', client.ipv6, 11), BANNER);
    assert.equal(await scan(host, '-sT -p 1,11,15'), 0);
    const wanted = [contact(scanner.ipv4, 'TCP', 11), contact(client.ipv6, 'TCP', 11)];
    await host.waitFor('the lines', () => contacts(host).length >= wanted.length);
    assert.deepEqual(contacts(host), wanted);
  });

  test('a port that another process has is told of, and the others are listened at', async () => {
    await using host = await hostWith({});
    const occupied = host.lab.sentry.spawn(process.execPath, [OCCUPY, 'tcp', '15']);
    await occupied.waitFor('the service', () => occupied.stdout.includes('ready'));
    await start(host, 'portsentry', '-tcp');
    const refused = 'adminalert: ERROR: could not bind TCP socket: 15. Attempting to continue';
    assert.deepEqual(
      host.lines().filter((line) => line.includes('ERROR')),
      [refused],
    );
    await hear(host, 'tcp', scanner.ipv4, 15);
    await hear(host, 'tcp', scanner.ipv4, 79);
    await host.waitFor('the line', () => contacts(host).length > 0);
    assert.deepEqual(contacts(host), [contact(scanner.ipv4, 'TCP', 79)]);
  });
});
