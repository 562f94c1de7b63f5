import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addressesOf, makeOpener, STYLES } from './blocked.ts';
import { anyHost, hostOf } from './hosts.ts';

for (const style of STYLES) {
  describe(`in style ${style}`, () => {
    test('what is added and removed, in any order and with restarts, is what the file has', async (t) => {
      const { path, open } = makeOpener(t, style);
      const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2');
      const step = fc.tuple(fc.constantFrom('add', 'remove', 'settle', 'restart'), address);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          writeFileSync(path, '');
          const model = new Set<string>();
          let file = await open();
          for (const [what, which] of steps) {
            if (what === 'add') model.add(which);
            if (what === 'remove') model.delete(which);
            if (what === 'add') file.add(hostOf(which));
            if (what === 'remove') file.remove(which);
            if (what === 'settle') assert.deepEqual(await file.changedByOthers(), []);
            if (what !== 'restart') continue;
            await file.close();
            file = await open();
          }
          assert.deepEqual(addressesOf(file).sort(), [...model].sort());
          await file.close();
          assert.deepEqual(addressesOf(await open()).sort(), [...model].sort());
          assert.equal(file.waiting, 0);
        }),
        { numRuns: 60 },
      );
    });
    test('any hosts survive a restart', async (t) => {
      const { path, open, warnings } = makeOpener(t, style);
      const hosts = fc.uniqueArray(anyHost, { selector: ({ address }) => address, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(hosts, async (all) => {
          writeFileSync(path, '');
          const file = await open();
          for (const host of all) file.add(host);
          await file.close();
          const known = ({ address, atMs, port, protocol }: (typeof all)[number]) =>
            style === '1.2'
              ? { address, atMs, port, protocol }
              : { address, atMs: undefined, port: undefined, protocol: undefined };
          assert.deepEqual((await open()).entries(), all.map(known));
          assert.deepEqual(warnings, []);
        }),
        { numRuns: 60 },
      );
    });
    test('a file that ends at any byte keeps what stands before, and takes more', async (t) => {
      const { path, open, warnings } = makeOpener(t, style);
      const addresses = ['198.51.100.1', '2001:db8::1', '198.51.100.2'];
      const ends: number[] = [];
      const file = await open();
      for (const address of addresses) {
        file.add(hostOf(address));
        await file.changedByOthers();
        ends.push(statSync(path).size);
      }
      await file.close();
      const bytes = readFileSync(path);
      const newline = style === '1.2' ? 1 : 0; // a line without its end is whole
      for (let length = 0; length <= bytes.length; length++) {
        writeFileSync(path, bytes.subarray(0, length));
        warnings.length = 0;
        const cut = await open();
        const whole = addresses.filter((_, index) => ends[index]! - newline <= length);
        assert.deepEqual(addressesOf(cut), whole);
        const isWhole = length === 0 || ends.some((end) => end === length || end - newline === length);
        assert.equal(warnings.length, isWhole ? 0 : 1, `${length}: ${warnings}`);
        cut.add(hostOf('203.0.113.77'));
        await cut.close();
        assert.deepEqual(addressesOf(await open()), [...whole, '203.0.113.77']);
      }
    });
    test('any bytes are read, and told of', async (t) => {
      const { path, open } = makeOpener(t, style);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
          writeFileSync(path, bytes);
          const file = await open();
          for (const each of addressesOf(file)) assert.match(each, /^[0-9a-f.:]+$/);
          await file.close();
          assert.deepEqual(readFileSync(path), Buffer.from(bytes), 'reading changes nothing');
        }),
        { numRuns: 60 },
      );
    });
  });
}
