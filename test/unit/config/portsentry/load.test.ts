import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadPolicy, loadPolicyWithNotes, loadPortsentry } from '../../../../src/config/load.ts';
import { refusal } from '../bad.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-portsentry-'));
after(() => rmSync(directory, { recursive: true }));

/** Path of a new file with this content. */
function file(content: string | Uint8Array, name = 'portsentry.conf'): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
const none = join(directory, 'none');
const old = (text: string) => Buffer.from(text, 'latin1');

test('a file of before UTF-8 is read as Latin-1', () => {
  const path = file(old('# Überwachung\nTCP_PORTS="1"\nKILL_RUN_CMD="echo für"\n'));
  const { policy, notes, format } = loadPolicyWithNotes(path, { defaultsPath: none });
  assert.deepEqual([format, policy.origin, policy.responses.command?.run], ['portsentry', path, 'echo für']);
  assert.deepEqual(
    notes.filter(({ kind }) => kind === 'warning'),
    [],
  );
});

test('a YAML file of before UTF-8 is refused as ever', () => {
  const error = refusal(() => loadPolicy(file(old('mode: enforce # für alle\n'))));
  assert.match(error.detail, /:1:18: this is not UTF-8 text; save the file as UTF-8$/);
});

test('the modes are those of the service, if there is one', () => {
  const path = file('TCP_PORTS="1"\nUDP_PORTS="2"\nADVANCED_PORTS_TCP="9"\n');
  const defaultsPath = file('TCP_MODE="stcp"\nUDP_MODE="sudp"\n', 'default');
  assert.deepEqual(loadPolicy(path, { defaultsPath }).portsentry?.modes, { tcp: 'stcp', udp: 'sudp' });
  assert.deepEqual(loadPolicy(path, { defaultsPath: none }).portsentry?.modes, { tcp: 'atcp', udp: 'sudp' });
  assert.deepEqual(loadPolicy(path, { defaultsPath, modes: { tcp: 'tcp' } }).portsentry?.modes, {
    tcp: 'tcp',
    udp: undefined,
  });
});

test('modes of the service that cannot be read are an error, and not the absence of any', () => {
  const path = file('TCP_PORTS="1"\nADVANCED_PORTS_TCP="9"\n');
  const error = refusal(() => loadPolicy(path, { defaultsPath: directory }));
  assert.deepEqual([error.code, error.detail], ['XS_ERR_CONFIG_READ', `${directory}: it is a directory`]);
});

test('only a portsentry.conf is one to migrate', () => {
  assert.equal(loadPortsentry(file('mode: enforce\n', 'x.yaml')), undefined);
  assert.equal(loadPortsentry(file('TCP_PORTS="1"\n'), { defaultsPath: none })?.style, '2');
});

test('a file of more than 1 MiB is refused, whatever it holds', () => {
  const path = file(`TCP_PORTS="1"\n${'#'.repeat(1 << 20)}`);
  assert.match(refusal(() => loadPolicy(path)).detail, /:1:1: the file is larger than 1048576 bytes/);
});
