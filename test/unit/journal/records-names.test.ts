/** Names that come late must not turn beginnings and ends around. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Records } from '../../../src/journal/records.ts';

const TCP = { address: '198.51.100.66', protocol: 'tcp', port: 22 } as const;

describe('a source whose name is looked up', () => {
  let directory: string;
  let answers: ((name: string) => void)[];
  let records: Records;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-names-'));
    answers = [];
    const lookUp = () => new Promise<string>((resolve) => answers.push(resolve));
    const files = { history: join(directory, 'history'), blocked: join(directory, 'blocked') };
    records = await Records.open(
      { style: '1.2', modes: { tcp: 'atcp', udp: undefined }, resolveHost: true, ...files },
      { warn: (text) => assert.fail(text), lookUp },
    );
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Hosts in a file, once all names are known. */
  async function hostsIn(name: string): Promise<string[]> {
    await records.close();
    const text = readFileSync(join(directory, name), 'utf8');
    return [...text.matchAll(/Host: (\S+)/g)].map(([, host]) => host!);
  }

  test('is written with it, and closing waits for that', async () => {
    records.add(TCP);
    answers[0]!('scanner.example');
    assert.deepEqual(await hostsIn('history'), ['scanner.example/198.51.100.66']);
    assert.deepEqual(await hostsIn('blocked.atcp'), ['scanner.example/198.51.100.66']);
  });

  test('and whose answer ends meanwhile does not stay in the blocked file', async () => {
    records.add(TCP);
    records.remove(TCP);
    answers[0]!('scanner.example');
    assert.deepEqual(await hostsIn('blocked.atcp'), []);
    assert.deepEqual(await hostsIn('history'), ['scanner.example/198.51.100.66']);
  });

  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    test(`and who is answered, let go and answered again stays there, names in the order ${order}`, async () => {
      records.add(TCP);
      records.remove(TCP);
      records.add({ ...TCP, port: 23 });
      for (const index of order) answers[index]!(`answer-${index}.example`);
      assert.deepEqual(await hostsIn('blocked.atcp'), ['answer-1.example/198.51.100.66']);
      assert.deepEqual(
        await hostsIn('history'),
        [0, 1].map((index) => `answer-${index}.example/198.51.100.66`),
      );
    });
  }

  test('and who is let go for good after that does not', async () => {
    records.add(TCP);
    records.remove(TCP);
    records.add(TCP);
    answers[0]!('a.example');
    await new Promise(setImmediate); // the first is written, the second waits
    records.remove(TCP);
    answers[1]!('a.example');
    assert.deepEqual(await hostsIn('blocked.atcp'), []);
  });

  test('holds up nobody else', async () => {
    records.add(TCP);
    records.add({ ...TCP, address: '198.51.100.67' });
    answers[1]!('other.example');
    await new Promise(setImmediate);
    answers[0]!('late.example');
    assert.deepEqual(await hostsIn('history'), ['other.example/198.51.100.67', 'late.example/198.51.100.66']);
  });
});
