import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ask } from '../../../src/control/client.ts';
import { MAX_REQUEST_BYTES, type Request } from '../../../src/control/protocol.ts';
import { serveControl } from '../../../src/control/server.ts';
import { SentryError } from '../../../src/errors.ts';
import { peerCredentials } from '../../../src/kernel/privileges.ts';
import { needs } from '../../support/capability.ts';

const NOBODY = 65_534;

describe('the control socket', () => {
  let directory: string;
  let path: string;
  let server: { close: () => Promise<void> } | undefined;
  let asked: Request[];
  let answer: (request: Request) => unknown;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-control-'));
    mkdirSync(join(directory, 'run'));
  });
  after(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    path = join(directory, 'run', 'control.sock');
    asked = [];
    answer = () => [];
    server = await serveControl(path, peerCredentials, (request) => {
      asked.push(request);
      return answer(request);
    });
  });
  afterEach(async () => {
    await server?.close();
  });

  /** Sends raw bytes and answers with what comes back. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let received = '';
      const socket = connect(path, () => socket.end(text));
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });

  test('belongs to its owner alone', () => {
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('carries a request there and the answer back, however long', async () => {
    answer = () => Array.from({ length: 50_000 }, (_, index) => ({ source: `198.51.100.${index}` }));
    const blocks = await ask(path, { command: 'blocks' });
    assert.equal(blocks.length, 50_000);
    assert.deepEqual(asked, [{ command: 'blocks' }]);
  });

  test('carries a list that comes in portions as one list, empty ones among them', async () => {
    for (const portions of [[], [[]], [[1], [], [2, 3]], [[], [1]]]) {
      answer = async function* () {
        yield* portions;
      };
      assert.deepEqual(await ask(path, { command: 'blocks' }), portions.flat());
    }
  });

  test('says so when a list breaks off', async () => {
    answer = async function* () {
      yield [1];
      throw new Error('no more');
    };
    await assert.rejects(ask(path, { command: 'blocks' }), { code: 'XS_ERR_SOCKET' });
  });

  test('waits for an answer that takes its time', async () => {
    answer = () => Promise.resolve({ source: 'x' });
    assert.deepEqual(await ask(path, { command: 'unblock', source: '198.51.100.7' }), { source: 'x' });
  });

  test('carries a failure with its code', async () => {
    answer = () => {
      throw new SentryError('XS_ERR_GUARDED', '127.0.0.1: it is loopback');
    };
    const request = { command: 'block', source: '127.0.0.1', durationMs: null, reason: null } as const;
    await assert.rejects(ask(path, request), {
      code: 'XS_ERR_GUARDED',
      detail: '127.0.0.1: it is loopback',
    });
  });

  const refused: readonly (readonly [says: string, sent: string, answered: RegExp])[] = [
    ['what is no JSON', 'hello\n', /one line of JSON/],
    ['an unknown command', '{"command":"reboot"}\n', /XS_ERR_USAGE/],
    ['a key too many', '{"command":"status","x":1}\n', /XS_ERR_USAGE/],
    [
      'a duration that is none',
      '{"command":"block","source":"x","durationMs":-1,"reason":""}\n',
      /durationMs/,
    ],
    ['a missing source', '{"command":"unblock"}\n', /source/],
    ['a request that never ends', 'x'.repeat(MAX_REQUEST_BYTES + 2), /at most 65536 bytes/],
  ];
  for (const [says, sent, answered] of refused) {
    test(`refuses ${says}, and lives on`, async () => {
      assert.match(await raw(sent), answered);
      assert.deepEqual(asked, []);
      assert.deepEqual(await ask(path, { command: 'blocks' }), []);
    });
  }

  test('survives a client that goes away in the middle', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(path, () => socket.write('{"comm', () => socket.destroy()));
      socket.on('close', () => resolve());
    });
    assert.deepEqual(await ask(path, { command: 'blocks' }), []);
  });

  test('is not taken from a controller that is alive', async () => {
    await assert.rejects(
      serveControl(path, peerCredentials, () => undefined),
      { code: 'XS_ERR_ALREADY_RUNNING' },
    );
    assert.deepEqual(await ask(path, { command: 'blocks' }), []);
  });

  test('is taken over from one that died', async () => {
    await server?.close();
    await leaveSocketBehind(path);
    server = await serveControl(path, peerCredentials, () => ['new']);
    assert.deepEqual(await ask(path, { command: 'blocks' }), ['new']);
  });

  test('that has been replaced by another is not removed with the first', async () => {
    rmSync(path);
    const second = await serveControl(path, peerCredentials, () => ['second']);
    await server?.close();
    server = undefined;
    assert.deepEqual(await ask(path, { command: 'blocks' }), ['second']);
    await second.close();
    assert.equal(existsSync(path), false);
  });

  test('never takes the place of a file that is no socket', async () => {
    const file = join(directory, 'precious');
    writeFileSync(file, 'precious');
    await assert.rejects(
      serveControl(file, peerCredentials, () => undefined),
      { code: 'XS_ERR_SOCKET', message: /it is no socket/ },
    );
    assert.equal(readFileSync(file, 'utf8'), 'precious');
  });

  test('makes its own directory', async () => {
    const own = join(directory, 'own');
    const second = await serveControl(join(own, 'control.sock'), peerCredentials, () => ['second'], {
      ownDirectory: own,
    });
    assert.deepEqual(await ask(join(own, 'control.sock'), { command: 'blocks' }), ['second']);
    await second.close();
  });

  test('makes no other directory, and says in plain words that it is not there', async () => {
    for (const place of ['no', 'no/such']) {
      const elsewhere = join(directory, place, 'control.sock');
      await assert.rejects(
        serveControl(elsewhere, peerCredentials, () => undefined),
        {
          code: 'XS_ERR_SOCKET',
          message: `The control socket cannot be used: ${elsewhere}: there is no such directory`,
        },
      );
      assert.equal(existsSync(join(directory, 'no')), false);
    }
  });

  describe('and somebody else, when the mode of its file was changed', { skip: needs('root') }, () => {
    /** Asks as a user who is not root and not the one that the sentry runs as; answers with all that comes back. */
    const askAsStranger = async (request: string): Promise<string> => {
      const script = `
        process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});
        const socket = require('node:net').connect(${JSON.stringify(path)}, () => socket.write(${JSON.stringify(request)}));
        socket.on('data', (data) => process.stdout.write(data)).on('error', () => {});`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
      return stdout;
    };
    beforeEach(() => {
      for (const place of [directory, dirname(path)]) chmodSync(place, 0o755);
      chmodSync(path, 0o666);
    });

    test('is turned away, and nothing of what it says is read', async () => {
      let answered = '';
      // He may be writing still when the door shuts, and is told by that alone.
      while (answered === '') answered = await askAsStranger('{"command":"stop"}\n');
      assert.deepEqual(JSON.parse(answered), {
        ok: false,
        error: {
          code: 'XS_ERR_NOT_ALLOWED',
          message: `The sentry answers root and its own user only: user ${NOBODY} is not one of them`,
        },
      });
      assert.deepEqual(asked, []);
      assert.deepEqual(await ask(path, { command: 'blocks' }), [], 'and root is answered');
    });

    test('takes the place of nobody, however many there are', async () => {
      const script = `
        process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});
        let closed = 0;
        for (let count = 0; count < 100; count++)
          require('node:net').connect(${JSON.stringify(path)}).resume().on('error', () => {}).on('close', () => ++closed === 100 && console.log('done'));`;
      const strangers = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = once(strangers, 'close');
      await once(strangers.stdout!, 'data');
      assert.deepEqual(await ask(path, { command: 'blocks' }), []);
      await closed;
    });
  });

  test('of which nobody can say who is at its other end is closed', async () => {
    await server?.close();
    const failing = () => {
      throw new Error('no such option');
    };
    server = await serveControl(path, failing, (request) => asked.push(request));
    await assert.rejects(ask(path, { command: 'stop' }), {
      code: 'XS_ERR_NOT_ALLOWED',
      detail: /no such option/,
    });
    assert.deepEqual(asked, []);
  });

  test('says so when nobody answers', async () => {
    await server?.close();
    server = undefined;
    await assert.rejects(ask(path, { command: 'status' }), { code: 'XS_ERR_NOT_RUNNING', exitCode: 4 });
  });
});

/** A socket whose owner was killed: the file stays, and nobody answers. */
async function leaveSocketBehind(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  assert.ok(statSync(path).isSocket());
}
