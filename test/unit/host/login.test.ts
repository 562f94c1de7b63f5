import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import {
  type Environment,
  loginPeer,
  type Processes,
  parseEnvironment,
  parseParent,
  peerIn,
} from '../../../src/host/login.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';

const ADMIN = '192.0.2.7';
const SSH = { SSH_CONNECTION: `${ADMIN} 50000 198.51.100.1 22` };
type Process = { parent: number; name?: string; environment?: Environment; peers?: string[] };

/** Processes by number. What is not given may not be read. */
const made = (all: Record<number, Process>): Processes => ({
  parentOf: (pid) => all[pid]?.parent,
  nameOf: (pid) => all[pid]?.name,
  environmentOf: (pid) => all[pid]?.environment,
  peersOf: (pid) => (all[pid]?.peers ?? []).map((text) => parsePrefix(text)!),
});
const peer = (environment: Environment, all: Record<number, Process> = {}) => {
  const found = loginPeer(environment, 100, made(all));
  return found && formatPrefix(found);
};

describe('what sshd tells', () => {
  for (const [environment, address] of [
    [SSH, ADMIN],
    [{ SSH_CLIENT: '2001:db8::7 50000 22' }, '2001:db8::7'],
    [{ SSH_CONNECTION: 'fe80::7%eth0 50000 fe80::1%eth0 22' }, 'fe80::7'],
    [{ SSH_CONNECTION: '::ffff:192.0.2.7 50000 ::ffff:198.51.100.1 22' }, ADMIN],
    [{ SSH_CONNECTION: 'UNKNOWN 65535 UNKNOWN 65535' }, undefined],
    [{ SSH_CONNECTION: '0.0.0.0/0 1 2 3' }, undefined],
    [{ SSH_CONNECTION: '' }, undefined],
    [{}, undefined],
  ] as const) {
    test(`${JSON.stringify(environment)}: ${address}`, () => {
      const found = peerIn(environment);
      assert.equal(found && formatPrefix(found), address);
    });
  }
});

describe('who types a command is logged in from', () => {
  test('what the environment says', () => assert.equal(peer(SSH), ADMIN));
  test('what that of the shell before sudo says', () => {
    const all = {
      100: { parent: 90, environment: {} },
      90: { parent: 80, name: 'sudo' },
      80: { parent: 70, environment: SSH },
    };
    assert.equal(peer({}, all), ADMIN);
  });
  test('where the sshd further up has its connection', () => {
    for (const name of ['sshd', 'sshd-session']) {
      const all = {
        100: { parent: 90 },
        90: { parent: 80, name: 'bash' },
        80: { parent: 70, name, peers: [ADMIN] },
      };
      assert.equal(peer({}, all), ADMIN);
    }
  });
  test('nowhere, when the connections further up are not those of a login', () => {
    assert.equal(
      peer({}, { 100: { parent: 90 }, 90: { parent: 1, name: 'agent', peers: [ADMIN] } }),
      undefined,
    );
  });
  test('nowhere, when the first process has been reached, is not there, or is its own ancestor', () => {
    assert.equal(peer({}, { 100: { parent: 1 }, 1: { parent: 0, environment: SSH } }), undefined);
    assert.equal(peer({}), undefined);
    assert.equal(peer({}, { 100: { parent: 100 } }), undefined);
  });
});

test('of this host’s processes, one further up that has the environment still is found', () => {
  const module = new URL('../../../src/host/login.ts', import.meta.url).href;
  const script = `const { loginPeer } = await import('${module}');
    console.log(process.env.SSH_CONNECTION, loginPeer()?.bytes.slice(0, 4).join('.'));`;
  // As sudo does: a shell that waits has it, and what the shell runs has not.
  const shell = 'env -u SSH_CONNECTION -u SSH_CLIENT "$@"; exit $?';
  const args = ['-c', shell, 'sh', process.execPath, '--input-type=module', '-e', script];
  const said = execFileSync('sh', args, { encoding: 'utf8', env: { ...process.env, ...SSH } });
  assert.equal(said, `undefined ${ADMIN}\n`);
});

test('a process may have any name', () => {
  assert.equal(parseParent('12 (a) S 1) b) S 34 12 12 0'), 34);
  assert.equal(parseParent(''), undefined);
});

test('an environment may have anything in it', () => {
  assert.deepEqual(
    { ...parseEnvironment('A=1\0SSH_CLIENT=192.0.2.7 1 2\0B=x=y\0') },
    { A: '1', SSH_CLIENT: '192.0.2.7 1 2', B: 'x=y', '': '' },
  );
});
