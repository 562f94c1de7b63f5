/** PortSentry's files together: which of them gets what, and when. Formats and faults of each are tested with the store. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { PortsentryPolicy } from '../../../src/config/policy.ts';
import { Records } from '../../../src/journal/records.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xdpsentry-records-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

type LookUp = (address: string) => Promise<string>;
const warnings: string[] = [];
const open = (wanted: Partial<PortsentryPolicy> = {}, lookUp?: LookUp): Promise<Records> => {
  const files = { history: join(directory, 'history'), blocked: join(directory, 'blocked') };
  const modes = { tcp: 'atcp', udp: 'audp' };
  return Records.open(
    { style: '1.2', modes, resolveHost: false, ...files, ...wanted },
    { warn: (text) => warnings.push(text), lookUp },
  );
};

/** Names and contents of all files, times taken out. */
const contents = (): Record<string, string[]> =>
  Object.fromEntries(
    readdirSync(directory).map((name) => {
      const text = readFileSync(join(directory, name), 'latin1');
      const lines = text.split('\n').slice(0, -1);
      return [name, lines.map((line) => line.replace(/^.*?(?=Host:|Scan)/, ''))];
    }),
  );

const TCP = { address: '198.51.100.66', protocol: 'tcp', port: 22 } as const;
const UDP = { address: '2001:db8::66', protocol: 'udp', port: 53 } as const;
const TCP_LINE = 'Host: 198.51.100.66/198.51.100.66 Port: 22 TCP Blocked';
const UDP_LINE = 'Host: 2001:db8::66/2001:db8::66 Port: 53 UDP Blocked';

describe('files of style 1.2', () => {
  test('are there from the start: who reads them may be started before anything happens', async () => {
    await (await open()).close();
    assert.deepEqual(contents(), { 'blocked.atcp': [], 'blocked.audp': [], history: [] });
    assert.equal(statSync(join(directory, 'history')).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'blocked.atcp')).mode & 0o777, 0o644);
  });

  test('the blocked file of its mode and the history get each source; the end is for the blocked file alone', async () => {
    const records = await open();
    records.add(TCP);
    records.add(UDP);
    records.remove(TCP);
    records.addScanLine('Scan from: [198.51.100.66] …');
    await records.close();
    assert.deepEqual(contents(), {
      'blocked.atcp': [],
      'blocked.audp': [UDP_LINE],
      history: [TCP_LINE, UDP_LINE],
    });
    assert.equal(records.lost, 0);
  });

  test('of a protocol that is not watched there is none', async () => {
    const records = await open({ modes: { tcp: 'stcp', udp: undefined } });
    records.add(UDP);
    records.remove(UDP);
    await records.close();
    assert.deepEqual(contents(), { 'blocked.stcp': [], history: [UDP_LINE] });
  });

  test('tell the next run who was answered, for which protocol', async () => {
    const first = await open();
    first.add(TCP);
    first.add(UDP);
    await first.close();
    const second = await open();
    const standing = [...second.standing()].map(({ address, protocols, port }) => ({
      address,
      protocols,
      port,
    }));
    assert.deepEqual(standing, [
      { address: TCP.address, protocols: ['tcp'], port: 22 },
      { address: UDP.address, protocols: ['udp'], port: 53 },
    ]);
    await second.close();
  });

  test('who takes a line out is heard of, from either file', async () => {
    const records = await open();
    records.add(TCP);
    records.add(UDP);
    await records.close();
    const again = await open();
    writeFileSync(join(directory, 'blocked.audp'), '');
    rmSync(join(directory, 'blocked.atcp'));
    assert.deepEqual(await again.removedByHand(), [
      { address: TCP.address, protocols: ['tcp'] },
      { address: UDP.address, protocols: ['udp'] },
    ]);
    assert.deepEqual(await again.removedByHand(), []);
    await again.close();
  });
});

describe('files of style 2', () => {
  test('one blocked file for both protocols; the history gets the lines of probes', async () => {
    const records = await open({ style: '2', modes: { tcp: 'stealth', udp: 'stealth' } });
    records.add(TCP);
    records.add(UDP);
    records.addScanLine('Scan from: [198.51.100.66] …');
    records.remove({ ...UDP, protocol: 'tcp' });
    await records.close();
    assert.deepEqual(readdirSync(directory).sort(), ['blocked', 'history']);
    assert.deepEqual(contents()['history'], ['Scan from: [198.51.100.66] â\x80¦']);
    const again = await open({ style: '2', modes: { tcp: 'stealth', udp: 'stealth' } });
    assert.deepEqual(
      [...again.standing()].map(({ address, protocols }) => [address, protocols]),
      [[TCP.address, ['tcp', 'udp']]],
      'the file does not say which it was',
    );
    await again.close();
  });
});

test('without PortSentry no file is written', async () => {
  const records = await Records.open(undefined, { warn: () => undefined, lookUp: undefined });
  records.add(TCP);
  records.addScanLine('Scan');
  records.remove(TCP);
  assert.deepEqual([...records.standing(), ...(await records.removedByHand())], []);
  await records.close();
  assert.equal(records.lost, 0);
});

test('without paths none of that kind', async () => {
  const records = await open({ history: undefined, blocked: undefined });
  records.add(TCP);
  await records.close();
  assert.deepEqual(contents(), {});
});

test('lines that the history does not take are counted and told of', async () => {
  const records = await open({ history: join(directory, 'no', 'such', 'history') });
  records.add(TCP);
  records.add(UDP);
  await records.close();
  assert.equal(records.lost, 2);
  assert.match(warnings.join(), /no\/such\/history takes no lines/);
  assert.equal(existsSync(join(directory, 'no')), false);
});
