import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { historyLine } from '../../../src/store/history-line.ts';
import { addressesOf, makeOpener, STYLES } from './blocked.ts';
import { AT_MS, hostOf } from './hosts.ts';

describe('style 1.2', () => {
  test('has a line a source, for everybody to read', async (t) => {
    const { path, open, warnings } = makeOpener(t, '1.2');
    const file = await open();
    const [tcp, udp] = [hostOf('198.51.100.1'), hostOf('2001:db8::1', { port: 53, protocol: 'udp' })];
    file.add(tcp);
    file.add({ ...udp, name: 'a.example' });
    await file.close();
    assert.equal(
      readFileSync(path, 'utf8'),
      `${historyLine(tcp)}\n${historyLine({ ...udp, name: 'a.example' })}\n`,
    );
    assert.equal(statSync(path).mode & 0o777, 0o644);
    assert.deepEqual(warnings, []);
  });
  test('remembers when, what port and what protocol', async (t) => {
    const { open } = makeOpener(t, '1.2');
    const file = await open();
    file.add(hostOf('198.51.100.1', { port: 79, protocol: 'udp' }));
    await file.close();
    assert.deepEqual((await open()).entries(), [
      { address: '198.51.100.1', atMs: AT_MS, port: 79, protocol: 'udp' },
    ]);
  });
  test('has of a source that comes back what it did last', async (t) => {
    const { path, open } = makeOpener(t, '1.2');
    const file = await open();
    file.add(hostOf('198.51.100.1', { port: 79 }));
    await file.changedByOthers();
    file.remove('198.51.100.1');
    file.add(hostOf('198.51.100.1', { port: 80 }));
    await file.close();
    assert.equal(readFileSync(path, 'utf8'), `${historyLine(hostOf('198.51.100.1', { port: 80 }))}\n`);
  });
  for (const [what, laterMs, isReplaced] of [
    ['a younger answer takes the place of an older', 1000, true],
    ['one of the same second does not', 999, false],
    ['an older one does not', -1000, false],
  ] as const) {
    test(`to the same source, ${what}, here and in the file`, async (t) => {
      const { path, open } = makeOpener(t, '1.2');
      const [old, next] = [
        hostOf('198.51.100.1', { port: 79 }),
        hostOf('198.51.100.1', { port: 80, atMs: AT_MS + laterMs }),
      ];
      writeFileSync(path, `${historyLine(old)}\n${historyLine(hostOf('198.51.100.2'))}\n`);
      const file = await open();
      file.add(next);
      const last = isReplaced ? next : old;
      const [entry] = file.entries().filter(({ address }) => address === last.address);
      assert.deepEqual([entry?.atMs, entry?.port], [last.atMs, last.port]);
      await file.close();
      const [other, mine] = [historyLine(hostOf('198.51.100.2')), historyLine(last)];
      const lines = isReplaced ? [other, mine] : [mine, other];
      assert.equal(readFileSync(path, 'utf8'), `${lines.join('\n')}\n`);
    });
  }
  test('keeps a line that it cannot read, and tells', async (t) => {
    const { path, open, warnings } = makeOpener(t, '1.2');
    const [kept, gone] = [historyLine(hostOf('198.51.100.1')), historyLine(hostOf('198.51.100.2'))];
    const latin1 = Buffer.from('# gesperrt f\xfcr immer: 198.51.100.9', 'latin1');
    writeFileSync(path, Buffer.concat([Buffer.from(`${kept}\r\n\n`), latin1, Buffer.from(`\n${gone}`)]));
    const file = await open();
    assert.deepEqual(addressesOf(file), ['198.51.100.1', '198.51.100.2']);
    assert.deepEqual(warnings, ["FILE: line 3 is none of PortSentry's, and is kept as it is"]);
    file.remove('198.51.100.2');
    file.add(hostOf('198.51.100.3'));
    await file.close();
    const added = Buffer.from(`\n${historyLine(hostOf('198.51.100.3'))}\n`);
    assert.deepEqual(readFileSync(path), Buffer.concat([Buffer.from(`${kept}\r\n\n`), latin1, added]));
  });
  test('does not tell of each line of a file of another kind', async (t) => {
    const { path, open, warnings } = makeOpener(t, '1.2');
    writeFileSync(path, 'x\n'.repeat(1000));
    await open();
    assert.equal(warnings.length, 6);
    assert.equal(warnings[5], 'FILE: so are 995 more lines');
  });
});

describe('style 2', () => {
  test('has the bytes of PortSentry', async (t) => {
    const { path, open } = makeOpener(t, '2');
    const file = await open();
    file.add(hostOf('198.51.100.1'));
    file.add(hostOf('2001:db8::1'));
    await file.close();
    assert.equal(
      readFileSync(path).toString('hex'),
      `0200${'c6336401'}${'0a00'}${'20010db8000000000000000000000001'}`,
    );
    assert.deepEqual((await open()).entries()[1], {
      address: '2001:db8::1',
      atMs: undefined,
      port: undefined,
      protocol: undefined,
    });
  });
  test('reads an IPv4-mapped address as IPv4', async (t) => {
    const { path, open } = makeOpener(t, '2');
    writeFileSync(path, Buffer.from('0a0000000000000000000000ffffc6336401', 'hex'));
    assert.deepEqual(addressesOf(await open()), ['198.51.100.1']);
  });
  test('keeps what stands before a broken record, and mends the file with the next change', async (t) => {
    const { path, open, warnings } = makeOpener(t, '2');
    writeFileSync(path, Buffer.from('0200c6336401ffff01', 'hex'));
    const file = await open();
    assert.deepEqual(addressesOf(file), ['198.51.100.1']);
    assert.deepEqual(warnings, [
      'FILE: there is no family of addresses at byte 6: what stands before it counts',
    ]);
    file.add(hostOf('198.51.100.2'));
    await file.close();
    assert.equal(readFileSync(path).toString('hex'), '0200c63364010200c6336402');
  });
  test('leaves a file alone that is none', async (t) => {
    const { path, open, warnings } = makeOpener(t, '2');
    writeFileSync(path, `${historyLine(hostOf('198.51.100.1'))}\n`);
    const before = readFileSync(path);
    const file = await open();
    file.add(hostOf('198.51.100.2'));
    await file.changedByOthers();
    file.remove('198.51.100.2');
    await file.close();
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(warnings.slice(1), [
      'FILE cannot be written: it is no blocked file of this version of PortSentry, and is left alone',
      'FILE: 1 changes are not in it',
    ]);
  });
});

for (const style of STYLES) {
  describe(`in style ${style}`, () => {
    test('the file is there from the start, and a restart takes nothing away', async (t) => {
      const { path, open } = makeOpener(t, style);
      const file = await open();
      assert.ok(existsSync(path));
      file.add(hostOf('198.51.100.1'));
      await file.close();
      const before = readFileSync(path);
      await (await open()).close();
      assert.deepEqual(readFileSync(path), before);
    });
    test('a source is there once, and goes whole', async (t) => {
      const { open } = makeOpener(t, style);
      const file = await open();
      file.add(hostOf('198.51.100.1'));
      file.add(hostOf('198.51.100.1', { port: 12 }));
      file.add(hostOf('11.9.8.6'));
      file.remove('1.9.8.6');
      await file.changedByOthers();
      assert.deepEqual(addressesOf(await open()), ['198.51.100.1', '11.9.8.6']);
      file.remove('198.51.100.1');
      await file.close();
      assert.deepEqual(addressesOf(await open()), ['11.9.8.6']);
    });
    test('taking out keeps mode, and leaves no other file behind', async (t) => {
      const { path, open } = makeOpener(t, style);
      const file = await open();
      chmodSync(path, 0o640);
      for (const last of [1, 2, 3]) file.add(hostOf(`198.51.100.${last}`));
      await file.changedByOthers();
      file.remove('198.51.100.2');
      await file.close();
      assert.equal(statSync(path).mode & 0o777, 0o640);
      assert.deepEqual(readdirSync(dirname(path)), ['portsentry.blocked.atcp']);
      assert.deepEqual(addressesOf(await open()), ['198.51.100.1', '198.51.100.3']);
    });
    test('only an address is an entry', async (t) => {
      const file = await makeOpener(t, style).open();
      assert.throws(() => file.add(hostOf('2001:db8::/64')), { name: 'TypeError' });
      assert.throws(() => file.remove('a.example'), { name: 'TypeError' });
      await file.close();
    });
  });
}
