import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Exempt } from '../../../src/exempt/exempt.ts';
import { unpack } from '../../../src/values/packed-prefixes.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-exempt-'));
after(() => rmSync(directory, { recursive: true }));

describe('who is exempt', () => {
  test('the ignore list at once, its files from the first look on, then as they are', () => {
    const path = join(directory, 'portsentry.ignore');
    writeFileSync(path, '203.0.113.7\n');
    const exempt = new Exempt({ ignore: [parsePrefix('192.0.2.0/24')!], ignoreFiles: [path] });
    const ignored = () => exempt.ignored.map(formatPrefix);
    assert.deepEqual(ignored(), ['192.0.2.0/24']);
    assert.deepEqual(exempt.lookAtFiles(), []);
    assert.deepEqual(ignored(), ['192.0.2.0/24', '203.0.113.7']);
    assert.equal(exempt.lookAtFiles(), undefined);
    writeFileSync(path, '203.0.113.8\nhost.example\n');
    assert.equal(exempt.lookAtFiles()?.length, 1);
    assert.deepEqual(ignored(), ['192.0.2.0/24', '203.0.113.8']);
  });

  test('for the guard of lists, all of them as they are at that moment', async () => {
    const exempt = new Exempt({
      ignore: [parsePrefix('192.0.2.0/24')!, parsePrefix('::/0')!],
      ignoreFiles: [],
    });
    const { own, ignored } = await exempt.packed();
    assert.deepEqual([...unpack(ignored)], exempt.ignored);
    assert.deepEqual(
      [...unpack(own)],
      exempt.guarded.map(({ prefix }) => prefix),
    );
    assert.ok([...unpack(own)].some((prefix) => formatPrefix(prefix) === '127.0.0.0/8'));
  });

  const ignore = ['192.0.2.0/24', '2001:db8::5', '2001:db8:1::/48'].map((text) => parsePrefix(text)!);
  for (const [address, isIgnored] of [
    ['192.0.2.9', true],
    ['192.0.3.9', false],
    ['2001:db8::5', true], // though its /64 is not: the data plane asks by the address, too
    ['2001:db8::6', false],
    ['2001:db8:1:2::6', true],
    ['::', false],
    ['no address', false],
  ] as const) {
    test(`${address}: ${isIgnored ? 'ignored' : 'not ignored'}`, () => {
      assert.equal(new Exempt({ ignore, ignoreFiles: [] }).ignores(address), isIgnored);
    });
  }

  test('this host’s addresses and loopback are guarded, and stay so with each look', () => {
    const exempt = new Exempt({ ignore: [], ignoreFiles: [] });
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    for (const when of ['at once', 'after another look']) {
      const guarded = exempt.guarded.map((entry) => formatPrefix(entry.prefix));
      for (const text of ['127.0.0.0/8', '::1', ...own.map(({ address }) => address.replace(/%.*/, ''))]) {
        assert.ok(guarded.includes(formatPrefix(parsePrefix(text)!)), `${text}, ${when}`);
      }
      assert.deepEqual(exempt.own.guarded.map(formatPrefix), guarded);
      exempt.lookAtHost();
    }
  });
});
