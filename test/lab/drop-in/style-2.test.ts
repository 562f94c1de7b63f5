/** As PortSentry 2 is started: with its options, its file, its one line for each packet, its history and its binary file. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scan, start, stop } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { HOSTS_DENY, IGNORE, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const CONNECT = new URL('../../../scripts/lab/connect.ts', import.meta.url).pathname;
const { scanner, client, sentry: server } = addresses;
const CONFIG = '/etc/portsentry/conf2';
const HISTORY = '/var/log/portsentry.log';
const BLOCKED = '/var/lib/portsentry/portsentry.blocked';
const CONF = configOf({
  TCP_PORTS: '1,11,15,100-119',
  UDP_PORTS: '7,9',
  IGNORE_FILE: IGNORE,
  HISTORY_FILE: HISTORY,
  BLOCKED_FILE: BLOCKED,
  BLOCK_TCP: '1',
  BLOCK_UDP: '0',
  KILL_HOSTS_DENY: 'ALL: $TARGET$',
  SCAN_TRIGGER: '2',
});
const YESTERDAY = '2026-11-21T20:28:29.123+0000 Scan from: [203.0.113.9] (203.0.113.9) and so on\n';

const fates = {
  ignored: 'ignored: [true] triggered: [unset] noblock: [unset] blocked: [unset]',
  belowTrigger: 'ignored: [false] triggered: [false] noblock: [unset] blocked: [unset]',
  notBlocked: 'ignored: [false] triggered: [true] noblock: [true] blocked: [false]',
  blocked: 'ignored: [false] triggered: [true] noblock: [false] blocked: [true]',
} as const;

const line = (from: string, what: string, type: string, options: string, fate: keyof typeof fates) => {
  const [protocol, port] = what.split(' ');
  return `Scan from: [${from}] (${from}) protocol: [${protocol}] port: [${port}] type: [${type}] IP opts: [${options}] ${fates[fate]}`;
};
const dropped = (source: string) => `attackalert: Host ${source} has been blocked via XDP until it is lifted`;
const denied = (from: string, entry: string) =>
  `attackalert: Host ${from} has been blocked via wrappers with string: "${entry}"`;
const linesOf = (text: string) => text.split('\n').slice(0, -1);
const START = 'Portsentry is now active and listening.';
/** What it says between its start and its last line. */
const said = (stdout: string) => linesOf(stdout).slice(linesOf(stdout).indexOf(START) + 1, -1);
const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

const OF_SCANNER = '0200c6336442';
const OF_SCANNER_6 = '0a0020010db8000000660000000000000001';

describe('as PortSentry 2', { skip, concurrency: true }, () => {
  test('--stealth: each case has its line, on standard output and in the history', async () => {
    await using host = await PortsentryHost.create('ours', {
      [CONFIG]: CONF,
      [HISTORY]: YESTERDAY,
      [IGNORE]: client.ipv4,
    });
    const running = await start(host, 'portsentry', '--stealth', '-l', 'stdout', '-c', CONFIG);
    await scan(host, '-sS -p 11', client.ipv4);
    await scan(host, '-sU -r -p 7,9');
    await scan(host, '-sX -p 15');
    await host.lab.scanner.execute('nmap', ['-n', '-Pn', '-6', '-sS', '-r', '-p', '1,119', server.ipv6]);
    const entry6 = `ALL: [${scanner.ipv6}]`;
    await running.waitFor('the last line', () => running.stdout.includes(denied(scanner.ipv6, entry6)));
    const { code, stdout, stderr } = await stop(host, running);

    const scans = [
      line(client.ipv4, 'TCP 11', 'TCP SYN/Normal scan', 'not set', 'ignored'),
      line(scanner.ipv4, 'UDP 7', 'UDP', 'not set', 'belowTrigger'),
      line(scanner.ipv4, 'UDP 9', 'UDP', 'not set', 'notBlocked'),
      line(scanner.ipv4, 'TCP 15', 'TCP XMAS scan', 'not set', 'blocked'),
      line(scanner.ipv6, 'TCP 1', 'TCP SYN/Normal scan', 'unknown', 'belowTrigger'),
      line(scanner.ipv6, 'TCP 119', 'TCP SYN/Normal scan', 'unknown', 'blocked'),
    ];
    assert.deepEqual([code, stderr, host.lines()], [0, '', []]);
    const lines = said(stdout);
    assert.deepEqual(
      lines.filter((text) => text.startsWith('Scan from')),
      scans,
    );
    const entry4 = `ALL: ${scanner.ipv4}`;
    const answers = [
      dropped(scanner.ipv4),
      denied(scanner.ipv4, entry4),
      dropped(scanner.source6),
      denied(scanner.ipv6, entry6),
    ];
    assert.deepEqual(
      lines.filter((text) => !text.startsWith('Scan from')),
      answers,
    );

    const [yesterday, ...today] = linesOf(host.read(HISTORY));
    assert.equal(`${yesterday}\n`, YESTERDAY);
    assert.deepEqual(
      today.map((text) => text.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4} /, '')),
      scans,
    );
    assert.equal(hex(host.read(BLOCKED)), OF_SCANNER + OF_SCANNER_6);
    assert.equal(host.read(HOSTS_DENY).slice(-`${entry4}\n${entry6}\n`.length), `${entry4}\n${entry6}\n`);
  });

  test('--connect: it listens, blocks whom the binary file names, and adds to it', async () => {
    const before = Buffer.from(OF_SCANNER, 'hex').toString('latin1');
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF, [BLOCKED]: before });
    const running = await start(host, 'portsentry', '--connect', '-l', 'stdout', '-c', CONFIG);
    const connect = async (port: number) =>
      await host.lab.scanner.execute(process.execPath, [
        CONNECT,
        'tcp',
        scanner.ipv6,
        server.ipv6,
        String(port),
      ]);
    assert.equal(await scan(host, '-sT -p 1,11,15'), 0, 'the file names it');
    assert.equal(await scan(host, '-sS -p 1,11,15', client.ipv4), 3, 'a half-open scan is none');
    for (const port of [11, 119]) await connect(port);
    const entry = `ALL: [${scanner.ipv6}]`;
    await running.waitFor('the last line', () => running.stdout.includes(denied(scanner.ipv6, entry)));
    const { stdout } = await stop(host, running);

    assert.ok(stdout.includes('\nListen on AF_INET6: TCP port: 119\nListen on AF_INET6: UDP port: 7\n'));
    assert.deepEqual(said(stdout), [
      line(scanner.ipv6, 'TCP 11', 'Connect', 'unknown', 'belowTrigger'),
      dropped(scanner.source6),
      line(scanner.ipv6, 'TCP 119', 'Connect', 'unknown', 'blocked'),
      denied(scanner.ipv6, entry),
    ]);
    assert.equal(hex(host.read(BLOCKED)), OF_SCANNER + OF_SCANNER_6);
  });
});
