/** As init scripts start PortSentry: once for each protocol, in the background. One process does both. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { daemons, request, scan, signal, startInBackground } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { CONFIG, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const { scanner } = addresses;
const CONF = configOf(DEFAULTS);

const modes = async (host: PortsentryHost) => (await request(host, 'status')).modes;

/** The one sentry there is. */
function onlyDaemon(host: PortsentryHost): number {
  const [daemon, ...others] = daemons(host);
  assert.deepEqual(others, []);
  assert.ok(daemon, 'a sentry runs');
  return daemon.pid;
}

const tcpScan = (port: number) =>
  `attackalert: TCP SYN/Normal scan from host: ${scanner.ipv4}/${scanner.ipv4} to TCP port: ${port}`;
const udpScan = (port: number) =>
  `attackalert: UDP scan from host: ${scanner.ipv4}/${scanner.ipv4} to UDP port: ${port}`;

describe('in the background', { skip, concurrency: true }, () => {
  test('each start changes the mode of its protocol and keeps the other; one process does both', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    const starts = [
      { args: ['-atcp'], modes: { tcp: 'atcp', udp: null } },
      { args: ['-audp'], modes: { tcp: 'atcp', udp: 'audp' } },
      { args: ['-stcp'], modes: { tcp: 'stcp', udp: 'audp' } },
    ];
    const pids = new Set<number>();
    for (const { args, modes: wanted } of starts) {
      assert.deepEqual(await startInBackground(host, ...args), { code: 0, stdout: '', stderr: '' });
      assert.deepEqual(await modes(host), wanted);
      pids.add(onlyDaemon(host));
    }
    assert.equal(pids.size, starts.length);
    await scan(host, '-sU -p 80');
    await scan(host, '-sS -p 15,80'); // 80 is none of TCP_PORTS
    await host.waitFor('both lines', () =>
      [tcpScan(15), udpScan(80)].every((line) => host.lines().includes(line)),
    );
    assert.ok(!host.lines().includes(tcpScan(80)));
  });

  test('SIGHUP does not end it, and has it read its file anew', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    await startInBackground(host, '-atcp');
    const pid = onlyDaemon(host);
    host.write(CONFIG, `${CONF}\nBLOCK_TIME="1h"\n`);
    signal(host, 'SIGHUP');
    await host.waitFor('the reload', () =>
      host.lines().some((line) => /reloaded .*portsentry\.conf: .*1h/.test(line)),
    );
    await scan(host, '-sS -p 15');
    await host.waitFor('the line', () => host.lines().includes(tcpScan(15)));
    assert.equal(onlyDaemon(host), pid);
    assert.deepEqual(await modes(host), { tcp: 'atcp', udp: null });
    assert.ok(!host.lines().some((line) => line.includes('shutting down')));
  });

  test('what fails is told by the starter, and leaves a sentry that runs alone', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    const noInterface = await startInBackground(host, '-atcp', '--interface', 'nowhere0');
    assert.equal(noInterface.code, 3);
    assert.match(noInterface.stderr, /There is no such interface: nowhere0\n.*\[XS_ERR_NO_INTERFACE\]\n$/s);
    await host.waitFor('its end', () => daemons(host).length === 0);

    await startInBackground(host, '-atcp');
    const pid = onlyDaemon(host);
    assert.equal((await startInBackground(host, '-audp', '--interface', 'nowhere0')).code, 3);
    const noFile = await startInBackground(host, '-audp', '-c', '/etc/portsentry/nothing.conf');
    assert.equal(noFile.code, 2);
    assert.match(noFile.stderr, /nothing\.conf/);
    assert.equal(onlyDaemon(host), pid);
    assert.deepEqual(await modes(host), { tcp: 'atcp', udp: null });
  });

  test('what is odd in the file is told by the starter', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: `${CONF}SCAN_TRIGER="3"\n` });
    const { code, stderr } = await startInBackground(host, '-atcp');
    assert.equal(code, 0);
    assert.match(stderr, /SCAN_TRIGER.*did you mean SCAN_TRIGGER\?/);
  });
});
