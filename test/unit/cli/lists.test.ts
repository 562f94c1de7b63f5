/** What `xdpsentry lists` and `block --file` say of the answers they get. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { main } from '../../../src/cli/program.ts';
import type { ListEntry } from '../../../src/control/protocol.ts';
import { SentryError } from '../../../src/errors.ts';
import { answering } from './answering.ts';

const { run, willAnswer, asked, directory, socket } = answering();

const entry = (rest: Partial<ListEntry>): ListEntry => ({
  name: 'drop',
  origin: 'config',
  state: 'enforced',
  source: 'https://example.org/drop',
  facts: {
    ipv4: 1351,
    ipv6: 80,
    repeated: 0,
    skipped: { too_wide: 0, private: 0, own: 0, ignored: 0 },
    skippedLines: [],
    bad: 0,
    badLines: [],
  },
  from: 'url',
  loaded: '2026-11-22T12:00:00.000Z',
  checked: '2026-11-22T12:00:00.000Z',
  next: '2026-11-22T13:00:00.000Z',
  until: null,
  error: null,
  packets: 12,
  bytes: 720,
  ...rest,
});

const facts = {
  ipv4: 3,
  ipv6: 0,
  repeated: 2,
  skipped: { too_wide: 1, private: 2, own: 3, ignored: 4 },
  skippedLines: [{ line: 1, text: '10.0.0.1 (private)' }],
  bad: 1,
  badLines: [{ line: 9, text: '"x"' }],
};

test('lists: a table, and what there is to say about each', async () => {
  const lists = [
    entry({}),
    entry({
      name: 'mine',
      origin: 'operator',
      source: '/mine',
      facts,
      from: 'file',
      next: null,
      until: '2026-11-22T14:00:00.000Z',
      checked: '2026-11-22T12:30:00.000Z',
    }),
    entry({
      name: 'new',
      facts: null,
      from: null,
      loaded: null,
      checked: null,
      error: 'no such host',
      packets: 0,
      bytes: 0,
    }),
    entry({
      name: 'gone',
      state: 'let_go',
      facts: null,
      from: null,
      loaded: null,
      checked: null,
      next: null,
    }),
    entry({ name: 'seen', state: 'observed', from: 'cache' }),
  ];
  willAnswer(lists);
  assert.equal(
    await run('lists'),
    `list  origin    state       ipv4  ipv6  packets  bytes
drop  config    in force    1351    80       12    720
mine  operator  in force       3     0       12    720
new   config    not loaded     0     0        0      0
gone  config    let go         0     0       12    720
seen  config    observed    1351    80       12    720

drop: https://example.org/drop
  loaded 2026-11-22T12:00:00.000Z
  next look 2026-11-22T13:00:00.000Z

mine: /mine
  loaded 2026-11-22T12:00:00.000Z
  known to be the latest at 2026-11-22T12:30:00.000Z
  until 2026-11-22T14:00:00.000Z
  2 more are on it twice, or within others
  left out: 1 too wide, 2 private; let alone as long as they are: 3 own, 4 ignored (line 1: 10.0.0.1 (private))
  lines that cannot be read: 1 (line 9: "x")

new: https://example.org/drop
  next look 2026-11-22T13:00:00.000Z
  failed: no such host

gone: https://example.org/drop

seen: https://example.org/drop
  loaded 2026-11-22T12:00:00.000Z, from the copy that was kept
  next look 2026-11-22T13:00:00.000Z
`,
  );
  assert.deepEqual(JSON.parse(await run('lists', '--json')), lists);
});

test('lists: none', async () => {
  willAnswer([]);
  assert.equal(await run('lists'), 'no lists\n');
});

const names: readonly (readonly [argv: string[], request: object])[] = [
  [['--file', '/x/Drop_v4.json'], { name: 'drop_v4', path: '/x/Drop_v4.json', durationMs: null }],
  [
    ['--file', '/x/firehol level1.netset.gz', '--for', '1h'],
    { name: 'firehol-level1', durationMs: 3_600_000 },
  ],
  [['--file', '/x/1.txt', '--name', 'one', '--for', 'forever'], { name: 'one', durationMs: null }],
  [
    ['--file', 'here.txt', '--format', 'plain'],
    { name: 'here', path: join(process.cwd(), 'here.txt'), format: 'plain' },
  ],
];
for (const [argv, request] of names) {
  test(`block ${argv.join(' ')}`, async () => {
    willAnswer(entry({ facts, source: '/x' }));
    const out = await run('block', ...argv);
    assert.match(
      out,
      /^list drop is in force: 3 IPv4 and 0 IPv6 networks, from \/x\n {2}loaded .*\n[\s\S]*left out/,
    );
    const sent: object = { ...asked.at(-1) };
    assert.deepEqual({ ...sent, ...request, command: 'block_list' }, sent);
  });
}

test('unblock --list', async () => {
  willAnswer({ name: 'drop' });
  assert.equal(await run('unblock', '--list', 'drop'), 'let go of list drop\n');
  assert.deepEqual(asked.at(-1), { command: 'unblock_list', name: 'drop' });
});

test('block --file: of a list with private addresses alone, a warning', async () => {
  willAnswer(entry({ facts: { ...facts, ipv4: 0, bad: 0, badLines: [] } }));
  assert.match(
    await run('block', '--file', '/x/drop'),
    /0 IPv4 and 0 IPv6.*\n[\s\S]*warning: nothing on it keeps anybody out/,
  );
});

test('block --file: says so when the asker can read a file that the sentry cannot', async () => {
  const [seen, unseen] = [join(directory, 'seen.txt'), join(directory, 'none.txt')];
  writeFileSync(seen, '');
  const said = async (path: string, detail: string) => {
    let err = '';
    willAnswer(new SentryError('XS_ERR_LIST', detail));
    const output = {
      out: () => undefined,
      err(text: string) {
        err += text;
      },
    };
    assert.equal(await main(['block', '--file', path, '--socket', socket], output), 1);
    return err.split('\n')[0];
  };
  const words =
    ': you can read it, and the sentry cannot; put it into a directory of root, such as /etc/xdpsentry';
  for (const why of ['permission is denied (EACCES)', 'there is no such file or directory (ENOENT)']) {
    const detail = `seen: ${seen}: ${why}`;
    assert.equal(await said(seen, detail), `xdpsentry: The list is not in force: ${detail}${words}`);
    assert.equal(await said(unseen, detail), `xdpsentry: The list is not in force: ${detail}`);
  }
  assert.doesNotMatch((await said(seen, 'it is no file'))!, /you can read it/);
});
