/** What `xdpsentry block` asks the sentry for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { main } from '../../../src/cli/program.ts';
import type { Request, Results } from '../../../src/control/protocol.ts';
import { serveControl } from '../../../src/control/server.ts';
import { peerCredentials } from '../../../src/kernel/privileges.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-cli-block-'));
const socket = join(directory, 'control.sock');
const ANSWER: Results['block'] = {
  source: '0.0.0.0/0',
  by: 'xdp',
  origin: 'operator',
  reason: 'by hand',
  since: '2026-11-22T12:00:00.000Z',
  until: null,
  remainingSeconds: null,
  packets: 0,
  bytes: 0,
  lastSeen: null,
  remarks: [],
};
const asked: Request[] = [];
let server: { close(): Promise<void> };
const atStart = { ...process.env };
before(async () => {
  server = await serveControl(socket, peerCredentials, (request) => {
    asked.push(request);
    return ANSWER;
  });
});
after(async () => {
  process.env = atStart;
  await server.close();
  rmSync(directory, { recursive: true });
});

/** The request of a command that is typed by somebody who is logged in like that. */
async function requestOf(login: Record<string, string>, ...argv: string[]) {
  process.env = { ...atStart, SSH_CONNECTION: undefined, SSH_CLIENT: undefined, ...login };
  asked.length = 0;
  const err: string[] = [];
  const exit = await main([...argv, '--socket', socket], {
    out: () => undefined,
    err: (text) => err.push(text),
  });
  return { exit, err: err.join(''), request: asked[0] };
}

const LOGIN = { SSH_CONNECTION: '192.0.2.7 50000 198.51.100.1 22' };

describe('block', () => {
  for (const [says, login, address] of [
    ['SSH_CONNECTION', LOGIN, '192.0.2.7'],
    ['SSH_CLIENT', { SSH_CLIENT: '2001:db8::7 50000 22' }, '2001:db8::7'],
    ['SSH_CONNECTION with a zone', { SSH_CONNECTION: 'fe80::7%eth0 50000 fe80::1%eth0 22' }, 'fe80::7'],
  ] as const) {
    test(`says by ${says} from where the asker is logged in`, async () => {
      const { request } = await requestOf(login, 'block', '203.0.113.7');
      assert.equal(request?.command === 'block' && request.loggedInFrom, address);
    });
  }

  test('--file says so, too', async () => {
    const { request } = await requestOf(LOGIN, 'block', '--file', '/tmp/drop.txt');
    assert.equal(request?.command === 'block_list' && request.loggedInFrom, '192.0.2.7');
  });

  for (const [argv, force] of [
    [[], false],
    [['--force'], true],
  ] as const) {
    test(`asks ${force ? 'to be believed with --force' : 'for no more than it may without'}`, async () => {
      const { exit, request } = await requestOf(LOGIN, 'block', '0.0.0.0/0', ...argv);
      assert.equal(exit, 0);
      assert.equal(request?.command === 'block' && request.force, force);
    });
  }

  test('--force goes with an address, not with a list', async () => {
    const { exit, err, request } = await requestOf(LOGIN, 'block', '--file', '/tmp/drop.txt', '--force');
    assert.equal(exit, 2);
    assert.match(err, /--force/);
    assert.equal(request, undefined);
  });
});
