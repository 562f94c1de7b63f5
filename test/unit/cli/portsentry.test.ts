/** Arguments of PortSentry 1.2 and 2, through the way in of the real program, up to where a sentry would start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { withTwoDashes } from '../../../src/cli/portsentry.ts';
import { main } from '../../../src/cli/program.ts';
import { serveControl } from '../../../src/control/server.ts';
import { peerCredentials } from '../../../src/kernel/privileges.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-portsentry-'));
const path = (name: string) => join(directory, name);
writeFileSync(
  path('good.conf'),
  'TCP_PORTS="1,11"\nUDP_PORTS="7"\nADVANCED_PORTS_TCP="1024"\nCOLOUR="red"\n',
);
writeFileSync(path('bad.conf'), 'TCP_PORTS=""\nUDP_PORTS=""\nSCAN_TRIGGER="1"\n');
writeFileSync(path('good.yaml'), 'mode: enforce\n');
after(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]) {
  let err = '';
  const output = {
    out: () => undefined,
    err(text: string) {
      err += text;
    },
  };
  const code = await main(['portsentry', ...argv], output);
  return { code, err };
}

/** None of these may come as far as starting anything: they name an interface that is not there, and a socket of their own. */
const SAFE = ['--interface', 'nosuch0', '--socket', path('none.sock')];
const conf = (name: string) => ['--configfile', path(name)];

describe('the command line of PortSentry', () => {
  const cases: readonly (readonly [line: string, code: number, err: RegExp])[] = [
    ['-tcp -stcp', 2, /-tcp and -stcp are two modes of one protocol/],
    ['-sudp -audp', 2, /-sudp and -audp are two modes of one protocol/],
    ['-atcp -tcp -audp', 2, /-tcp and -atcp are two modes of one protocol/],
    ['--stealth --connect', 2, /'--stealth' cannot be used with option '--connect'/],
    ['-tcp --stealth', 2, /'--stealth' cannot be used with option '--tcp'/],
    ['--stealth -audp', 2, /'--stealth' cannot be used with option '--audp'/],
    ['-sudp --connect', 2, /'--connect' cannot be used with option '--sudp'/],
    ['--stealth --interface eth/0', 2, /Write a name as in `ip link`, a pattern like eth\*, ALL or ALL_NLO/],
    ['--stealth -l /var/log/scans', 2, /'\/var\/log\/scans' is invalid. Write stdout or syslog/],
    ['-xtcp', 2, /unknown option '-x/],
    ['atcp', 2, /too many arguments/],
    ['--stealth -l syslog -l stdout -l stdout -d -v -m raw -L', 3, /no such interface: nosuch0/],
    ['-atcp --foreground', 3, /no such interface: nosuch0/],
  ];
  for (const [line, code, err] of cases) {
    test(`${line}: exit code ${code}`, async () => {
      const answer = await run(...conf('good.conf'), ...SAFE, ...line.split(' '));
      assert.equal(answer.code, code, answer.err);
      assert.match(answer.err, err);
    });
  }

  const files: readonly (readonly [says: string, argv: string[], err: RegExp])[] = [
    ['no such file', ['--stealth', ...conf('none.conf')], /none\.conf/],
    ['no such file, for the background', ['-atcp', ...conf('none.conf')], /none\.conf/],
    [
      'nothing to watch, for the background',
      ['-stcp', ...conf('bad.conf')],
      /bad\.conf:1: nothing would be watched/,
    ],
    [
      'YAML with modes',
      ['-audp', ...conf('good.yaml')],
      /modes are for a portsentry\.conf, and .*good\.yaml is YAML/,
    ],
  ];
  for (const [says, argv, err] of files) {
    test(`${says}: exit code 2`, async () => {
      const answer = await run(...argv, ...SAFE);
      assert.equal(answer.code, 2, answer.err);
      assert.match(answer.err, err);
    });
  }

  test('warnings about the file are told before it starts', async () => {
    const { err } = await run('--stealth', ...conf('good.conf'), ...SAFE);
    assert.match(
      err,
      /^xdpsentry: \S*good\.conf:3: ADVANCED_PORTS_TCP [^\n]*\n[\s\S]*good\.conf:4: "COLOUR"/,
    );
  });

  test('it does not take the place of a sentry that is none of PortSentry’s', async () => {
    const server = await serveControl(path('other.sock'), peerCredentials, () => ({
      modes: null,
      pid: process.pid,
    }));
    const { code, err } = await run('-atcp', ...conf('good.conf'), '--socket', path('other.sock'));
    await server.close();
    assert.equal(code, 4);
    assert.match(err, /Another xdpsentry answers on the control socket: .*other\.sock/);
  });

  test('relative paths mean the same in the background, and what fails there is told here', () => {
    const program = new URL('../../../src/main.ts', import.meta.url).pathname;
    const argv = [
      program,
      'portsentry',
      '-atcp',
      '-c',
      'good.conf',
      '-i',
      'nosuch0',
      '--socket',
      'none.sock',
    ];
    const { status, stderr } = spawnSync(process.execPath, argv, { cwd: directory, encoding: 'utf8' });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /good\.conf:4: "COLOUR"[\s\S]*no such interface: nosuch0/);
  });
});

describe('words with one dash', () => {
  for (const [line, expected] of [
    ['portsentry -atcp -sudp', 'portsentry --atcp --sudp'],
    ['portsentry --stcp -D -d', 'portsentry --stcp -D -d'],
    ['portsentry -c /etc/tcp tcp -t', 'portsentry -c /etc/tcp tcp -t'],
    ['portsentry -atcpx -udp2', 'portsentry -atcpx -udp2'],
  ] as const) {
    test(line, () => assert.equal(withTwoDashes(line.split(' ')).join(' '), expected));
  }
});
