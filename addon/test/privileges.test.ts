import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { execve, limitCapabilities, peerCredentials } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsRange, throwsType } from './support/expect.ts';
import { succeed } from './support/scenario.ts';
import { makeTemporaryDirectory } from './support/temporary-directory.ts';

const SCRIPT = fileURLToPath(new URL('scenario/privileges.ts', import.meta.url));
/** linux/capability.h */
const [CHOWN, NET_ADMIN, NET_RAW] = [0n, 12n, 13n].map((number) => 1n << number) as [bigint, bigint, bigint];
const NOBODY = 65_534;
const root = needs('root');

type Accepted = { readonly _handle: { readonly fd: number }; destroy(): void };

/** What the threads of a process may do after `scenario`, started by `before` (e.g. `setpriv …`): a value of each line, which all threads share. */
function after(before: readonly string[], scenario: string, keep: bigint): Record<string, bigint> {
  const [command, ...args] = [...before, process.execPath, SCRIPT, scenario, String(keep)];
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const { stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8', env: environment });
  const lines = stdout.trim().split('\n');
  const values = lines.map((line) => /^(\w+):\s*([\da-f]+)$/.exec(line) ?? assert.fail(`${line}\n${stderr}`));
  assert.equal(new Set(values.map(([, name]) => name)).size, lines.length, `threads differ:\n${stdout}`);
  return Object.fromEntries(values.map(([, name, value]) => [name, BigInt(`0x${value}`)]));
}

describe('limitCapabilities', { skip: root }, () => {
  test('and execve leave every thread those that are kept, whatever root had', () => {
    const left = after([], 'limit', NET_ADMIN | CHOWN);
    const { CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs } = left;
    assert.deepEqual(
      { CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs },
      {
        CapPrm: NET_ADMIN | CHOWN,
        CapEff: NET_ADMIN | CHOWN,
        CapBnd: NET_ADMIN | CHOWN,
        CapAmb: 0n,
        NoNewPrivs: 0n,
      },
    );
  });

  test('leave nothing when nothing is kept, and give nothing that was not there', () => {
    assert.equal(after([], 'limit', 0n)['CapPrm'], 0n);
    const few = ['setpriv', '--bounding-set', '-all,+net_admin,+setpcap'];
    assert.deepEqual(after(few, 'limit', NET_ADMIN | CHOWN)['CapBnd'], NET_ADMIN);
    assert.deepEqual(after(few, 'limit', NET_ADMIN | CHOWN)['CapPrm'], NET_ADMIN);
  });

  test('without CAP_SETPCAP root gets the bounding set back, unless there are to be no new privileges', () => {
    const few = ['setpriv', '--bounding-set', '-all,+net_admin,+net_raw'];
    assert.equal(after(few, 'limit', NET_ADMIN)['CapPrm'], NET_ADMIN | NET_RAW);
    const refused = after(few, 'limitAndRefuse', NET_ADMIN);
    assert.deepEqual(
      [refused['CapPrm'], refused['CapEff'], refused['CapBnd'], refused['NoNewPrivs']],
      [NET_ADMIN, NET_ADMIN, NET_ADMIN | NET_RAW, 1n],
    );
  });

  test('reach a user who is not root by the ambient set', () => {
    const had = '+net_admin,+net_raw';
    const user = ['setpriv', `--reuid=${NOBODY}`, '--clear-groups', '--inh-caps', had, '--ambient-caps', had];
    const left = after(user, 'limit', NET_ADMIN);
    assert.deepEqual([left['CapPrm'], left['CapEff'], left['CapAmb']], [NET_ADMIN, NET_ADMIN, NET_ADMIN]);
  });
});

describe('arguments', () => {
  test('of limitCapabilities are 64 bits', () => {
    for (const keep of [undefined, 1, '1'])
      throwsType(() => limitCapabilities(keep as unknown as bigint), 'keep must be a bigint');
    for (const keep of [-1n, 1n << 64n])
      throwsRange(() => limitCapabilities(keep), 'keep: expected 64 bits without a sign');
  });

  test('of execve are texts', () => {
    throwsType(() => execve('/x', 'x' as never, []), 'args must be an array of strings');
    throwsType(() => execve('/x', [], [1] as never), 'environment must be a string');
    throwsType(() => execve('/x\0', [], []), 'path must not contain NUL characters');
  });
});

describe('execve', () => {
  test('goes on in the same process, with the same streams and the environment that is given', () => {
    const [before, afterwards] = succeed('privileges', 'becomeTellWho').split('\n');
    assert.match(before!, /^\d+ \d+ \/nowhere$/);
    assert.equal(afterwards, before);
  });

  test('throws what is in the way, and the process goes on', () => {
    const error = throwsBpfError(() => execve('/nonexistent', [], []), 'ENOENT', 'execve');
    assert.equal(error.message, "ENOENT: No such file or directory, execve '/nonexistent'");
  });
});

describe('peerCredentials', () => {
  test('are those of the process that has connected', { skip: root }, async () => {
    using directory = makeTemporaryDirectory();
    const path = join(directory.path, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const client = connect(path);
    const [socket] = (await accepted) as [Accepted];
    const { pid, uid, gid } = peerCredentials(socket._handle.fd);
    assert.deepEqual([pid, uid, gid], [process.pid, process.getuid!(), process.getgid!()]);

    chmodSync(directory.path, 0o755);
    chmodSync(path, 0o666);
    const next = once(server, 'connection');
    const become = `process.setgid(${NOBODY}); process.setuid(${NOBODY})`;
    const stranger = `${become}; require('net').connect(${JSON.stringify(path)}).on('close', () => {})`;
    const child = spawn(process.execPath, ['-e', stranger], { stdio: 'ignore' });
    const [other] = (await next) as [Accepted];
    assert.deepEqual(peerCredentials(other._handle.fd), { pid: child.pid, uid: NOBODY, gid: NOBODY });
    other.destroy();
    socket.destroy();
    client.destroy();
    server.close();
    await once(child, 'close');
  });

  test('of what is no socket there are none', () => {
    throwsBpfError(() => peerCredentials(openSync('/dev/null', 'r')), 'ENOTSOCK', 'SO_PEERCRED');
    throwsBpfError(() => peerCredentials(1_000_000), 'EBADF', 'SO_PEERCRED');
    throwsRange(() => peerCredentials(-1), /^fd: expected an integer/);
  });
});
