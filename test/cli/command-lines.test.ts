/** What a command line answers when no sentry runs: words and exit codes, through the same way in as the real program. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { main } from '../../src/cli/program.ts';
import { Database } from '../../src/store/memory/database.ts';
import { type HistoryRow, NO_FACTS } from '../../src/store/memory/rows.ts';

/** Of this process: `run` gives up privileges by executing it anew, and then the tests begin once more. */
const directory = join(tmpdir(), `xdpsentry-cli-${process.pid}`);
mkdirSync(directory, { recursive: true });
const path = (name: string) => join(directory, name);
const MISSING = `
mode: enforce
ignore_files: [${path('none.ignore')}]
responses: { route: { run: ${path('none.sh')} $TARGET$ }, command: { run: /bin/true -x, undo: if true; then false; fi } }
`;
writeFileSync(path('good.yaml'), 'mode: enforce\nrules: [{ name: scan, distinct_ports: 3 }]\n');
writeFileSync(path('bad.yaml'), 'mode: enforce\nmonitor:\n  tcp: { unused: 99999 }\n');
writeFileSync(
  path('portsentry.conf'),
  'TCP_PORTS="1,11,abc"\nUDP_PORTS="7"\nADVANCED_PORTS_TCP="1024"\nBLOCK_TCP="1"\nCOLOUR="red"\n',
);
writeFileSync(path('missing.yaml'), MISSING);
writeFileSync(
  path('remembers.yaml'),
  `socket: ${path('none.sock')}\nmemory: { path: ${path('memory.db')} }\n`,
);
writeFileSync(path('forgets.yaml'), `socket: ${path('none.sock')}\nmemory: { path: off }\n`);
writeFileSync(path('socket.yaml'), `socket: ${path('none.sock')}\n`);
for (const [name, text] of [
  ['open.yaml', 'mode: enforce\n'],
  ['open-runs.yaml', `socket: ${path('none.sock')}\nresponses: { command: { run: tell-us } }\n`],
  [
    'open-denies.yaml',
    `socket: ${path('none.sock')}\nresponses: { hosts_deny: { entry: "ALL: $TARGET$" } }\n`,
  ],
  ['open.conf', 'TCP_PORTS="1"\nUDP_PORTS="7"\nKILL_RUN_CMD="tell-us"\n'],
  ['open-route.conf', 'TCP_PORTS="1"\nUDP_PORTS="7"\nKILL_ROUTE="tell-us $TARGET$"\n'],
] as const) {
  writeFileSync(path(name), text);
  chmodSync(path(name), 0o666);
}
after(() => rmSync(directory, { recursive: true }));

/** What is said of a file that everybody may write to, as a regular expression. */
const isOpen = (name: string): string =>
  `everybody may write to ${path(name)} (mode 0666): chmod go-w ${path(name)}`.replaceAll(/[.()]/g, '\\$&');
const unsafe = (name: string): RegExp =>
  new RegExp(
    `^xdpsentry: The configuration has more done than blocks, and others than root may change it: ${isOpen(name)}\\n  .* \\[XS_ERR_CONFIG_UNSAFE\\]\\n$`,
  );

async function run(...argv: string[]) {
  let [out, err] = ['', ''];
  const code = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

type Case = { says: string; argv: string[]; code: number; out?: RegExp; err?: RegExp };
const cases: readonly Case[] = [
  ...['open-runs.yaml', 'open-denies.yaml', 'open.conf', 'open-route.conf'].flatMap((name): Case[] => [
    {
      says: `a configuration with commands that everybody may write to: ${name}`,
      argv: ['check', '-c', path(name)],
      code: 2,
      err: unsafe(name),
    },
    {
      says: `a sentry with it: ${name}`,
      argv: ['run', '-c', path(name), '--interface', 'nosuch0'],
      code: 2,
      err: unsafe(name),
    },
  ]),
  {
    says: 'PortSentry with it',
    argv: ['portsentry', '--stealth', '-c', path('open.conf'), '--socket', path('none.sock')],
    code: 2,
    err: unsafe('open.conf'),
  },
  {
    says: 'a configuration without commands that everybody may write to',
    argv: ['check', '-c', path('open.yaml')],
    code: 0,
    out: new RegExp(`\\nWarnings:\\n.*${isOpen('open.yaml')}\\n`),
  },
  {
    says: 'migrating one that everybody may write to, which runs nothing',
    argv: ['migrate', '-c', path('open.conf')],
    code: 0,
    out: /run: tell-us/,
    err: /open\.conf/,
  },
  {
    says: 'asking the sentry whose configuration everybody may write to',
    argv: ['status', '-c', path('open-runs.yaml')],
    code: 4,
    err: /XS_ERR_NOT_RUNNING/,
  },
  { says: 'help', argv: ['--help'], code: 0, out: /Usage: xdpsentry[\s\S]*run[\s\S]*check[\s\S]*unblock/ },
  {
    says: 'help of a command has examples',
    argv: ['block', '--help'],
    code: 0,
    out: /Examples:\n {2}xdpsentry block/,
  },
  { says: 'the version', argv: ['--version'], code: 0, out: /^\d+\.\d+\.\d+\n$/ },
  {
    says: 'nothing at all shows the help',
    argv: [],
    code: 2,
    err: /Usage: xdpsentry[\s\S]*no command is given\n {2}See `xdpsentry help`\. \[XS_ERR_USAGE\]\n$/,
  },
  { says: 'an unknown command', argv: ['watch'], code: 2, err: /unknown command 'watch'/ },
  {
    says: 'an unknown option',
    argv: ['status', '--colour'],
    code: 2,
    err: /^xdpsentry: The command line is wrong: unknown option '--colour'\n {2}See `xdpsentry help status`\. \[XS_ERR_USAGE\]\n$/,
  },
  {
    says: 'observe and enforce at once',
    argv: ['run', '--observe', '--enforce'],
    code: 2,
    err: /cannot be used with/,
  },
  {
    says: 'a confirmation of what only observes',
    argv: ['run', '--observe', '--confirm', '2m'],
    code: 2,
    err: /'--confirm <duration>' cannot be used with option '--observe'.*\[XS_ERR_USAGE\]/s,
  },
  {
    says: 'a confirmation where the configuration observes',
    argv: ['run', '-c', path('socket.yaml'), '--confirm', '2m'],
    code: 2,
    err: /--confirm is for enforcement, and by .*socket\.yaml the sentry observes; add --enforce\n.*help run/,
  },
  {
    says: 'a confirmation where nothing is said and the built-in policy observes',
    argv: ['run', '--confirm', '2m'],
    code: 2,
    err: /by built-in default the sentry observes/,
  },
  ...['2', '4s', '4999ms', '25h', '24h1s', 'forever', 'soon', ''].map((text) => ({
    says: `a time to confirm of "${text}"`,
    argv: ['run', '--enforce', '--confirm', text],
    code: 2,
    err: /'--confirm <duration>' argument '.*' is invalid\. Write it like 2m or 1h30m, from 5s to 24h\./,
  })),
  ...['5s', '24h'].map((text) => ({
    says: `a time to confirm of "${text}", which is one`,
    argv: ['run', '--enforce', '--confirm', text, '--interface', 'xs-none', '--socket', path('none.sock')],
    code: 3,
    out: /is starting\n$/,
    err: /There is no such interface/,
  })),
  {
    says: 'a confirmation that nobody hears',
    argv: ['confirm', '--socket', path('none.sock')],
    code: 4,
    err: /No xdpsentry answers on the control socket: .*none\.sock/,
  },
  {
    says: 'a source that is none',
    argv: ['block', '198.51.100'],
    code: 2,
    err: /198\.51\.100.*Write it like/s,
  },
  { says: 'a zone in a source', argv: ['unblock', 'fe80::1%eth0'], code: 2, err: /Write it like/ },
  {
    says: 'a duration that is none',
    argv: ['block', '198.51.100.7', '--for', '5 minutes'],
    code: 2,
    err: /10m/,
  },
  {
    says: 'why of a network',
    argv: ['why', '198.51.100.0/24'],
    code: 2,
    err: /Write one address/,
  },
  {
    says: 'no source',
    argv: ['block'],
    code: 2,
    err: /an address, a network or --file FILE is missing\n {2}See `xdpsentry help block`\. \[XS_ERR_USAGE\]/,
  },
  {
    says: 'a source and a file',
    argv: ['block', '198.51.100.7', '--file', 'a'],
    code: 2,
    err: /--file goes without an address/,
  },
  {
    says: 'the name of a list without a file',
    argv: ['block', '198.51.100.7', '--name', 'a'],
    code: 2,
    err: /--name and --format go with --file/,
  },
  {
    says: 'a list name that is none',
    argv: ['block', '--file', 'a', '--name', 'A'],
    code: 2,
    err: /small letter/,
  },
  {
    says: 'a file whose name makes no list name',
    argv: ['block', '--file', '/tmp/2024.txt'],
    code: 2,
    err: /2024\.txt does not make one\n.*--name/,
  },
  {
    says: 'a list from standard input',
    argv: ['block', '--file', '-'],
    code: 2,
    err: /standard input is not read/,
  },
  {
    says: 'a list in a format that is none',
    argv: ['block', '--file', 'a', '--format', 'csv'],
    code: 2,
    err: /csv/,
  },
  {
    says: 'unblock of nothing',
    argv: ['unblock'],
    code: 2,
    err: /either an address or network, or --list NAME/,
  },
  {
    says: 'unblock of two things',
    argv: ['unblock', '198.51.100.7', '--list', 'a'],
    code: 2,
    err: /either an address or network, or --list NAME/,
  },
  { says: 'check of the built-in policy', argv: ['check'], code: 0, out: /Mode: observe/ },
  { says: 'check of a good file', argv: ['check', '-c', path('good.yaml')], code: 0, out: /Mode: enforce/ },
  {
    says: 'check of a bad file',
    argv: ['check', '-c', path('bad.yaml')],
    code: 2,
    err: /bad\.yaml:3:18: monitor\.tcp\.unused.*99999/,
  },
  {
    says: 'check of a portsentry.conf: words, warnings, differences',
    argv: ['check', '-c', path('portsentry.conf'), '--modes', 'stcp'],
    code: 0,
    out: new RegExp(
      [
        'TCP 1,11; no UDP port',
        'Warnings:\\n\\S*portsentry\\.conf:1: TCP_PORTS: "abc" is no port',
        '\\S*portsentry\\.conf:5: "COLOUR" is no option',
        'Differences from PortSentry 1\\.2:\\n(- .*\\n)*- IPv6 counts like IPv4',
      ].join('[\\s\\S]*'),
    ),
  },
  {
    says: 'check of a file that names others which are not there: warnings',
    argv: ['check', '-c', path('missing.yaml')],
    code: 0,
    out: new RegExp(
      [
        '\\nWarnings:\\n\\S*missing\\.yaml: cannot read the ignore file \\S*none\\.ignore: there is no such file.*\\n',
        '\\S*missing\\.yaml: there is no \\S*none\\.sh, which a response runs\\n$',
      ].join(''),
    ),
  },
  ...(
    [
      ['one datagram is answered for ever', 'SCAN_TRIGGER="0"\n', 'sudp', true],
      ['the answer has an end', 'SCAN_TRIGGER="0"\nBLOCK_TIME="1h"\n', 'sudp', false],
      ['it takes several packets', 'SCAN_TRIGGER="2"\n', 'sudp', false],
      ['who connects has a true source', 'SCAN_TRIGGER="0"\n', 'tcp', false],
    ] as const
  ).map(([why, lines, modes, warns], index) => {
    const file = path(`forged${index}.conf`);
    writeFileSync(file, `TCP_PORTS="1"\nUDP_PORTS="7"\nBLOCK_TCP="1"\nBLOCK_UDP="1"\n${lines}`);
    return {
      says: `check of a portsentry.conf: ${why}`,
      argv: ['check', '-c', file, '--modes', modes],
      code: 0,
      out: warns ? /Warnings:\n.*: one packet, .* BLOCK_TIME="1h"/ : /^(?!.*one packet, whose).*$/s,
    };
  }),
  {
    says: 'check in modes of PortSentry 2',
    argv: ['check', '-c', path('portsentry.conf'), '--modes', 'stealth'],
    code: 0,
    out: /ADVANCED_PORTS_TCP is an option of PortSentry 1\.2 only[\s\S]*Differences from PortSentry 2\.x:/,
  },
  {
    says: 'modes that are none',
    argv: ['check', '-c', path('portsentry.conf'), '--modes', 'atcp,stcp'],
    code: 2,
    err: /'atcp,stcp' is invalid\. Write one of tcp, stcp, atcp/,
  },
  {
    says: 'modes of two versions',
    argv: ['migrate', '-c', path('portsentry.conf'), '--modes', 'atcp,sudp,stealth'],
    code: 2,
    err: /--modes/,
  },
  {
    says: 'modes for YAML',
    argv: ['check', '-c', path('good.yaml'), '--modes', 'stcp'],
    code: 2,
    err: /modes are for a portsentry\.conf, and .*good\.yaml is YAML/,
  },
  {
    says: 'migrate: YAML, and the notes beside it',
    argv: ['migrate', '-c', path('portsentry.conf'), '--modes', 'stcp,sudp'],
    code: 0,
    out: /^# Made by xdpsentry migrate[\s\S]*unused: 1,11\n[\s\S]*format: portsentry/,
    err: /^\S*portsentry\.conf:1: TCP_PORTS: "abc" is no port[\s\S]*portsentry\.conf:5: /,
  },
  {
    says: 'migrate into a file that is there',
    argv: ['migrate', '-c', path('portsentry.conf'), '--modes', 'stcp', '-o', path('good.yaml')],
    code: 1,
    err: /good\.yaml: there is such a file already\n.*\[XS_ERR_OUTPUT\]/,
  },
  {
    says: 'migrate into a directory that is not there',
    argv: ['migrate', '-c', path('portsentry.conf'), '--modes', 'stcp', '-o', path('no/x.yaml')],
    code: 1,
    err: /no\/x\.yaml: there is no such file or directory \(ENOENT\)\n.*\[XS_ERR_OUTPUT\]/,
  },
  {
    says: 'migrate of YAML',
    argv: ['migrate', '-c', path('good.yaml')],
    code: 2,
    err: /good\.yaml is YAML already, or no portsentry\.conf/,
  },
  { says: 'migrate of nothing', argv: ['migrate'], code: 2, err: /required option '-c, --config <file>'/ },
  { says: 'check of no file', argv: ['check', '-c', path('none.yaml')], code: 2, err: /none\.yaml/ },
  {
    says: 'history of a database that is not there',
    argv: ['history', '--db', path('none.db')],
    code: 1,
    err: /There is no history to read: .*none\.db: ENOENT/,
  },
  {
    says: 'history of no database',
    argv: ['history', '--db', path('good.yaml')],
    code: 1,
    err: /There is no history to read: .*good\.yaml: file is not a database/,
  },
  {
    says: 'history of a sentry that remembers nothing, when it does not run',
    argv: ['history', '-c', path('forgets.yaml')],
    code: 4,
    err: /No xdpsentry answers on the control socket: .*none\.sock/,
  },
  {
    says: 'history of a database, and of a configuration that names one',
    argv: ['history', '--db', path('none.db'), '-c', path('remembers.yaml')],
    code: 2,
    err: /'--db <path>' cannot be used with option '-c, --config <file>'/,
  },
  {
    says: 'history of a time that is none',
    argv: ['history', '--since', 'yesterday'],
    code: 2,
    err: /Write it like 30m, 2d, 2026-11-28/,
  },
  {
    says: 'history of nothing',
    argv: ['history', '--limit', '0'],
    code: 2,
    err: /whole number from 1 to 10000/,
  },
  {
    says: 'a socket, and a configuration that names one',
    argv: ['status', '--socket', path('none.sock'), '-c', path('socket.yaml')],
    code: 2,
    err: /'-c, --config <file>' cannot be used with option '--socket <path>'/,
  },
  {
    says: 'a configuration that is none, of which only the socket is asked',
    argv: ['status', '-c', path('bad.yaml')],
    code: 2,
    err: /bad\.yaml:3:18.*\nonly its control socket is asked for here: --socket PATH names it without the file\n.*XS_ERR_CONFIG\]\n$/,
  },
  ...[
    'status',
    'ports',
    'blocks',
    'lists',
    'block 198.51.100.7',
    'block --file a',
    'unblock 198.51.100.7',
    'unblock --list a',
    'why 198.51.100.7',
    'stop',
  ].flatMap((line) =>
    [
      ['--socket', path('none.sock')],
      ['-c', path('socket.yaml')],
    ].map((where) => ({
      says: `${line} without a sentry, by ${where[0]}`,
      argv: [...line.split(' '), ...where],
      code: 4,
      err: /No xdpsentry answers on the control socket: .*none\.sock\n {2}Start it.*\[XS_ERR_NOT_RUNNING\]/s,
    })),
  ),
];

describe('the command line', () => {
  for (const { says, argv, code, out, err } of cases) {
    test(`${says}: exit code ${code}`, async () => {
      const answer = await run(...argv);
      assert.equal(answer.code, code, answer.err);
      assert.match(answer.out, out ?? /^$/);
      assert.match(answer.err, err ?? /^$/);
    });
  }

  test('history reads the database that --db names, or without a sentry that of the configuration', async () => {
    const database = new Database(path('memory.db'), {
      historyMs: 1e12,
      historyRows: 1000,
      offenceMs: 0,
      trailMs: 1e12,
      trailRows: 1e6,
    });
    const moment = { boot: 'one', nowNs: 0, nowMs: Date.parse('2026-11-28T12:00:00Z') };
    const common = { ...NO_FACTS, atMs: moment.nowMs, source: '2001:db8::/64' };
    const alert = { rule: 'scan', ports: '1-4/tcp', kinds: 'syn,fin', probes: 4, action: 'already_blocked' };
    database.open(moment);
    const history: HistoryRow[] = [
      { ...common, event: 'alert', ...alert, address: '2001:db8::5' },
      { ...common, event: 'blocked', origin: 'local', reason: 'scan: 1-4/tcp', seconds: 600 },
      { ...common, event: 'block_changed', origin: 'operator', reason: 'by hand' },
      { ...common, event: 'unblocked', cause: 'lifted' },
      { ...common, event: 'unblocked', cause: 'expired', source: '198.51.100.7' },
    ];
    database.write({ blocks: [], offences: [], trails: [], history }, moment);
    database.close();
    const ask = ['history', '--db', path('memory.db'), '--source', '2001:db8::77'];
    assert.equal(
      (await run(...ask)).out,
      [
        'time                      source         what',
        '2026-11-28T12:00:00.000Z  2001:db8::/64  alert scan: 4 probes (syn, fin) to ports 1-4/tcp: already blocked',
        '2026-11-28T12:00:00.000Z  2001:db8::/64  blocked for 10m (local: scan: 1-4/tcp)',
        '2026-11-28T12:00:00.000Z  2001:db8::/64  block changed: now until lifted (operator: by hand)',
        '2026-11-28T12:00:00.000Z  2001:db8::/64  unblocked (lifted)',
        '',
      ].join('\n'),
    );
    const time = '2026-11-28T12:00:00.000Z';
    const json = (await run(...ask, '--json', '--limit', '3')).out;
    assert.deepEqual(JSON.parse(json), [
      {
        time,
        event: 'blocked',
        source: '2001:db8::/64',
        origin: 'local',
        reason: 'scan: 1-4/tcp',
        seconds: 600,
      },
      {
        time,
        event: 'block_changed',
        source: '2001:db8::/64',
        origin: 'operator',
        reason: 'by hand',
        seconds: null,
      },
      { time, event: 'unblocked', source: '2001:db8::/64', cause: 'lifted' },
    ]);
    assert.equal((await run(...ask, '--since', '2026-11-28T12:00:01Z')).out, 'no history\n');
    const ofConfiguration = await run('history', '-c', path('remembers.yaml'), ...ask.slice(3));
    assert.deepEqual(ofConfiguration, await run(...ask));
  });

  test('check --json tells the whole policy', async () => {
    const { out } = await run('check', '-c', path('good.yaml'), '--json');
    const policy = JSON.parse(out);
    assert.equal(policy.mode, 'enforce');
    assert.equal(policy.rules[0].name, 'scan');
  });

  test('check --json tells what is to be said of a portsentry.conf', async () => {
    const { out } = await run('check', '-c', path('portsentry.conf'), '--modes', 'tcp', '--json');
    const { listen, notes, deviations } = JSON.parse(out);
    assert.deepEqual(listen, { tcp: '1,11', udp: '', banner: null });
    assert.deepEqual(notes[0], {
      line: 1,
      kind: 'warning',
      text: 'TCP_PORTS: "abc" is no port and is left out',
    });
    assert.ok(deviations.some((deviation: { id: string }) => deviation.id === 'blocks-in-xdp'));
  });

  test('migrate -o writes a file that check reads as the same policy', async () => {
    const modes = ['--modes', 'stcp,sudp'];
    await run('migrate', '-c', path('portsentry.conf'), ...modes, '-o', path('migrated.yaml'));
    const policyIn = async (...argv: string[]) => {
      const { origin, notes, deviations, ...policy } = JSON.parse(
        (await run('check', '--json', ...argv)).out,
      );
      return policy;
    };
    assert.deepEqual(
      await policyIn('-c', path('migrated.yaml')),
      await policyIn('-c', path('portsentry.conf'), ...modes),
    );
  });
});
