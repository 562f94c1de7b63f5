import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadPolicy } from '../../../src/config/load.ts';
import { refusal } from './bad.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-config-'));
after(() => rmSync(directory, { recursive: true }));

/** Path of a new file with this content. */
function file(content: string | Uint8Array): string {
  const path = join(directory, 'x.yaml');
  writeFileSync(path, content);
  return path;
}

test('reads a file and names the policy after it', () => {
  const path = file('mode: enforce\ninterface: é0\n');
  const policy = loadPolicy(path);
  assert.deepEqual([policy.origin, policy.mode, policy.interfaces.join()], [path, 'enforce', 'é0']);
});

test('problems name the file', () => {
  const path = file('mode: x\n');
  const error = refusal(() => loadPolicy(path));
  assert.equal(error.code, 'XS_ERR_CONFIG');
  assert.equal(error.detail, `${path}:1:7: mode: "x" is no mode; write observe or enforce`);
});

test('a file that is not there', () => {
  const path = join(directory, 'none.yaml');
  const error = refusal(() => loadPolicy(path));
  assert.equal(error.code, 'XS_ERR_CONFIG_READ');
  assert.equal(error.detail, `${path}: there is no such file`);
  assert.equal((error.cause as NodeJS.ErrnoException).code, 'ENOENT');
});

test('a directory', () => {
  const error = refusal(() => loadPolicy(directory));
  assert.equal(error.code, 'XS_ERR_CONFIG_READ');
  assert.equal(error.detail, `${directory}: it is a directory`);
});

test('a path that the system does not take keeps the words of the system', () => {
  const error = refusal(() => loadPolicy('a\0b'));
  assert.equal(error.code, 'XS_ERR_CONFIG_READ');
  assert.match(error.detail, /null bytes/);
});

test('an endless file is given up after 1 MiB', () => {
  const error = refusal(() => loadPolicy('/dev/zero'));
  assert.equal(error.code, 'XS_ERR_CONFIG');
  assert.equal(error.detail, '/dev/zero:1:1: the file is larger than 1048576 bytes (1 MiB)');
});

test('a file of just 1 MiB is read', () => {
  const end = '\nmode: enforce\n';
  assert.equal(loadPolicy(file(`${'#'.repeat(1_048_576 - end.length)}${end}`)).mode, 'enforce');
});

test('a file that is not UTF-8', () => {
  const path = file(Buffer.concat([Buffer.from('mode: observe\nsocket: /é'), Buffer.from([0xe9, 0x0a])]));
  const error = refusal(() => loadPolicy(path));
  assert.equal(error.code, 'XS_ERR_CONFIG');
  assert.equal(error.detail, `${path}:2:11: this is not UTF-8 text; save the file as UTF-8`);
});

test('a byte order mark', () => assert.equal(loadPolicy(file('\ufeffmode: enforce\n')).mode, 'enforce'));
