/** RESOLVE_HOST, when nobody answers: PortSentry 1.2 stands still meanwhile. Here only the lines wait. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { request, scan, start, until } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { CONFIG, HISTORY, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { metricValue } from '../../../scripts/lab/sentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const { scanner, client } = addresses;
const NAME = 'client.example';
const RESOLV_CONF = '/etc/resolv.conf';
/** An address of the lab's network at which nobody is. */
const SILENT = '198.51.100.99';
/** The controller's part, and not the kernel's: it takes the second probe to decide. */
const CONF = configOf({
  ...DEFAULTS,
  RESOLVE_HOST: '1',
  SCAN_TRIGGER: '2',
  BLOCK_TCP: '1',
  KILL_ROUTE: undefined,
  KILL_HOSTS_DENY: undefined,
  KILL_RUN_CMD: undefined,
});
/** Less than the sentry waits for a name server, and much more than a block takes. */
const SILENCE_MS = 1_000;
const FETCH = new URL('../../../scripts/lab/fetch.ts', import.meta.url).pathname;
const METRICS = 'http://127.0.0.1:9731/metrics';

describe('a name server that never answers', { skip }, () => {
  test('blocks are in force at once; lines come late and in order, with the names of /etc/hosts', async () => {
    const hosts = `127.0.0.1 localhost\n${client.ipv4} ${NAME}\n`;
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF, '/etc/hosts': hosts });
    rmSync(host.root.path(RESOLV_CONF), { force: true }); // it may be a link to the machine's own
    host.write(RESOLV_CONF, `nameserver ${SILENT}\n`);
    await start(host, 'portsentry', '-atcp');

    await scan(host, '-sS -r -p 7,9');
    await scan(host, '-sS -r -p 7,9', client.ipv4);
    const blocks = await until(
      'both blocks',
      async () => await request(host, 'blocks'),
      ({ length }) => length === 2,
    );
    const found = (address: string, name: string) =>
      `attackalert: TCP SYN/Normal scan from host: ${name}/${address} to TCP port: 9`;
    const [first, second] = [found(scanner.ipv4, scanner.ipv4), found(client.ipv4, NAME)];

    await host.waitFor('the first line', () => host.lines().includes(first));
    const since = Date.parse(blocks.find(({ source }) => source === scanner.ipv4)!.since);
    assert.ok(Date.now() - since > SILENCE_MS, 'it is blocked long before its line');
    const { stdout: metrics } = await host.lab.sentry.execute(process.execPath, [FETCH, METRICS]);
    assert.equal(metricValue(metrics, `xdpsentry_reaction_seconds_bucket{le="${SILENCE_MS / 1000}"}`), 2);

    await host.waitFor('the second line', () => host.lines().includes(second));
    assert.deepEqual(
      host.lines().filter((line) => line.includes('from host: ')),
      [first, second],
    );
    const entries = [`${scanner.ipv4}/${scanner.ipv4}`, `${NAME}/${client.ipv4}`].map(
      (who) => `Host: ${who} Port: 9 TCP Blocked\n`,
    );
    await host.waitFor('both entries', () => entries.every((entry) => host.read(HISTORY).includes(entry)));
  });
});
