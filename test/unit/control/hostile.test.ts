/** Frames on the control socket as no client of ours sends them, and answers as no sentry gives them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { ask } from '../../../src/control/client.ts';
import { MAX_REQUEST_BYTES, type Request } from '../../../src/control/protocol.ts';
import { serveControl } from '../../../src/control/server.ts';
import { SentryError } from '../../../src/errors.ts';
import { peerCredentials } from '../../../src/kernel/privileges.ts';
import { Accepted } from '../../support/accepted.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { requests } from './requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-frames-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'control.sock');

let server: { close: () => Promise<void> } | undefined;
let asked: Request[];
let answer: (request: Request) => unknown;
const start = async (patienceMs?: number) => {
  await server?.close();
  server = await serveControl(
    path,
    peerCredentials,
    (request) => {
      asked.push(request);
      return answer(request);
    },
    patienceMs === undefined ? {} : { patienceMs },
  );
};
beforeEach(async () => {
  asked = [];
  answer = () => [];
  await start();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const open = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', reject);
    socket.on('error', () => undefined);
  });

/** Sends these pieces, each by itself; answers with what comes back until the end. */
async function say(pieces: readonly Uint8Array[]): Promise<string> {
  const socket = await open();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const ended = new Promise((resolve) => socket.on('close', resolve));
  for (const piece of pieces) {
    socket.write(piece);
    await nextTurn();
  }
  await ended;
  return Buffer.concat(chunks).toString('utf8');
}

/** The same bytes in pieces. */
const cut = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places
    .slice(1)
    .flatMap((to, index) => (to > places[index]! ? [bytes.subarray(places[index], to)] : []));
};

const lineOf = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);

/** The refusal that an answer is: one line, and nobody was asked. */
function refusalOf(text: string): { code: string; message: string } {
  assert.deepEqual(asked, []);
  assert.match(text, /^[^\n]+\n$/);
  const { ok, error } = JSON.parse(text) as { ok: boolean; error: { code: string; message: string } };
  assert.equal(ok, false);
  return error;
}

test('property: a request arrives as it was sent, once, wherever the way cuts it, and whatever comes behind it', async () => {
  const behind = fc.uint8Array({ maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(requests, fc.array(fc.nat(), { maxLength: 5 }), behind, async (request, cuts, rest) => {
      asked = [];
      answer = (it) => ({ heard: it });
      const bytes = Buffer.concat([lineOf(request), rest]);
      const text = await say(cut(bytes, cuts));
      assert.deepEqual(JSON.parse(text), { ok: true, result: { heard: request } });
      assert.deepEqual(asked, [request]);
    }),
    { numRuns: 500 },
  );
});

test('property: any bytes are a refusal in one line, the same wherever they are cut', async () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary', maxLength: 80 }).map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(line, fc.array(fc.nat(), { maxLength: 5 }), async (bytes, cuts) => {
      const whole = Buffer.concat([bytes, Buffer.of(0x0a)]);
      const text = await say([whole]);
      assert.equal(refusalOf(text).code, 'XS_ERR_USAGE');
      assert.equal(await say(cut(whole, cuts)), text);
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(await ask(path, { command: 'blocks' }), []);
});

test('property: a key that is none of the request is told of by name', async () => {
  const known = [
    'command',
    'source',
    'durationMs',
    'reason',
    'force',
    'loggedInFrom',
    'name',
    'path',
    'format',
    'sinceMs',
    'limit',
  ];
  const key = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'Command', ''),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(requests, key, fc.jsonValue(), async (request, name, value) => {
      fc.pre(!known.includes(name));
      const members = JSON.stringify(request).slice(1, -1);
      const line = `{${members},${JSON.stringify(name)}:${JSON.stringify(value)}}\n`;
      const { code, message } = refusalOf(await say([Buffer.from(line)]));
      assert.equal(code, 'XS_ERR_USAGE');
      assert.ok(message.includes(JSON.stringify(name).slice(1, -1)) || message.includes(name), message);
    }),
    { numRuns: 300 },
  );
});

test('property: a request that lacks one of its keys, or has another kind of value there, is refused by name', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.nat(), fc.boolean(), async (request, which, isGone) => {
      const entries = Object.entries(request);
      const [key] = entries[which % entries.length]!;
      fc.pre(!(isGone && ['force', 'loggedInFrom'].includes(key)));
      const others = Object.fromEntries(entries.filter(([name]) => name !== key));
      const spoilt = isGone ? others : { ...others, [key]: { not: 'that' } };
      const { code, message } = refusalOf(await say([lineOf(spoilt)]));
      assert.equal(code, 'XS_ERR_USAGE');
      assert.ok(message.includes(key), `${key} in ${message}`);
    }),
    { numRuns: 300 },
  );
});

describe('a frame that does not end', () => {
  test('is refused as soon as it is too long by one byte, and not before', async () => {
    const most = Buffer.concat([
      Buffer.from('{"command":"status"}'),
      Buffer.alloc(MAX_REQUEST_BYTES - 20, ' '),
    ]);
    assert.match(await say([most, Buffer.from('\n')]), /^\{"ok":true/);
    asked = [];
    const over = Buffer.concat([most, Buffer.from(' ')]);
    assert.match(refusalOf(await say([over])).message, /at most 65536 bytes/);
    const wide = Buffer.from('ü'.repeat(MAX_REQUEST_BYTES / 2 + 1)); // bytes count, not characters
    assert.match(refusalOf(await say([wide])).message, /at most 65536 bytes/);
  });

  test('is dropped after a while, however it drips, and others are answered meanwhile', async () => {
    await start(300);
    const slow = await Promise.all(Array.from({ length: 20 }, open));
    const dripping = setInterval(() => {
      for (const socket of slow) if (!socket.closed) socket.write(' ');
    }, 20);
    try {
      assert.deepEqual(await ask(path, { command: 'blocks' }), []);
      for (const socket of slow) socket.resume();
      await waitUntil(() => slow.every(({ closed }) => closed));
    } finally {
      clearInterval(dripping);
    }
    assert.equal(asked.length, 1);
  });
});

for (const { says, result } of [
  { says: 'does not read his answer', result: 'x'.repeat(2 << 20) }, // more than the socket holds
  { says: 'does not go away with it', result: [] },
]) {
  test(`who ${says} is let go`, async () => {
    await start(1000);
    answer = () => result;
    using accepted = new Accepted();
    const socket = await open();
    socket.pause().write(lineOf({ command: 'blocks' }));
    await waitUntil(() => asked.length === 1 && accepted.open === 0);
    socket.destroy();
    assert.equal(accepted.count, 1);
  });
}

test('property: whatever answers on the socket, the asker gets a result or an error with a code', async () => {
  await server?.close();
  server = undefined;
  let said: Uint8Array = Buffer.alloc(0);
  const other = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.end(said);
  });
  await new Promise<void>((resolve) => other.listen(path, resolve));
  const failure = fc.record({
    ok: fc.constantFrom(true, false, null),
    result: fc.jsonValue(),
    error: fc.oneof(
      fc.jsonValue(),
      fc.record({
        code: fc.constantFrom('XS_ERR_GUARDED', 'toString', '__proto__', ''),
        message: fc.string(),
      }),
    ),
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.json().map((text) => Buffer.from(text)),
    failure.map((value) => Buffer.from(JSON.stringify(value))),
  );
  try {
    const seen = { result: 0, error: 0 };
    await fc.assert(
      fc.asyncProperty(bytes, async (text) => {
        said = text;
        try {
          await ask(path, { command: 'blocks' });
          seen.result++;
          assert.equal((JSON.parse(Buffer.from(text).toString('utf8')) as { ok: unknown }).ok, true);
        } catch (error) {
          assert.ok(error instanceof SentryError, String(error));
          seen.error++;
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(seen.result > 0 && seen.error > 0, JSON.stringify(seen));
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});
