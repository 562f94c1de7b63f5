import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { endRunning, runningModes } from '../../../src/cli/take-over.ts';
import { serveControl } from '../../../src/control/server.ts';
import { peerCredentials } from '../../../src/kernel/privileges.ts';
import { directoryFor, type Running, run, says, writeProgram } from './child.ts';

/** Answers on a socket; asked to stop it stops answering at once and takes its time to end, as a sentry does. */
const SENTRY = `
import { serveControl } from 'SRC/control/server.ts';
import { peerCredentials } from 'SRC/kernel/privileges.ts';
const [socket, goodbyeMs] = process.argv.slice(2);
const stop = async () => {
  await server.close();
  setTimeout(() => process.exit(15), Number(goodbyeMs));
};
const server = await serveControl(socket, peerCredentials, ({ command }) => {
  if (command === 'stop') setImmediate(stop);
  return { pid: process.pid, modes: { tcp: 'atcp', udp: null } };
});
setInterval(() => undefined, 1000);
console.log('ready');
`;

async function startSentry(t: TestContext, goodbyeMs: number): Promise<{ sentry: Running; socket: string }> {
  const directory = directoryFor(t);
  const socket = join(directory, 'control.sock');
  const sentry = run(t, writeProgram(directory, SENTRY), socket, String(goodbyeMs));
  await says(sentry, 'ready');
  return { sentry, socket };
}

describe('a sentry that runs as PortSentry', () => {
  test('says its modes', async (t) => {
    const { socket } = await startSentry(t, 0);
    assert.deepEqual(await runningModes(socket), { tcp: 'atcp', udp: null });
  });

  test('is ended, and has ended when that is said, not when it answers no more', async (t) => {
    const { sentry, socket } = await startSentry(t, 400);
    assert.equal(await endRunning(socket), sentry.process.pid);
    const stat = `/proc/${sentry.process.pid}/stat`;
    assert.ok(
      !existsSync(stat) || / Z /.test(readFileSync(stat, 'latin1')),
      'gone, or waiting to be asked after',
    );
    await sentry.ended;
    assert.equal(sentry.process.exitCode, 15);
    assert.equal(await runningModes(socket), undefined);
  });
});

test('no sentry, no modes', async (t) => {
  assert.equal(await runningModes(join(directoryFor(t), 'none.sock')), undefined);
});

test('a sentry without modes is not taken for one of PortSentry’s', async (t) => {
  const socket = join(directoryFor(t), 'control.sock');
  const server = await serveControl(socket, peerCredentials, () => ({ pid: process.pid, modes: null }));
  t.after(() => server.close());
  await assert.rejects(runningModes(socket), { code: 'XS_ERR_ALREADY_RUNNING', detail: socket });
});

test('one that has gone meanwhile cannot be ended', async (t) => {
  const socket = join(directoryFor(t), 'none.sock');
  await assert.rejects(endRunning(socket), { code: 'XS_ERR_NOT_RUNNING' });
});
