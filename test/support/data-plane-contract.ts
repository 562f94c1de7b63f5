import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { DataPlane } from '../../src/kernel/data-plane.ts';
import type { ProgramOptions } from '../../src/kernel/program-options.ts';
import { PortSet } from '../../src/values/ports.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../src/values/prefix.ts';
import { MAX_LISTS } from '../../src/values/prefix-columns.ts';
import { columnsOf } from '../../src/values/prefix-columns-builder.ts';

const SECOND_NS = 1e9;
/** A double keeps boot time to 2 ns only after 104 days; the fake is as exact as the real one. */
const prefix = (text: string): Prefix => parsePrefix(text)!;

/**
 * What the controller relies on. Run on the fake, so that tests on it mean something, and on the real one. `capacity` is how
 * many blocks it has room for; `advance` lets time go by.
 */
const OPTIONS: ProgramOptions = {
  monitored: { tcp: PortSet.of([22]), udp: new PortSet() },
  rules: [],
  swallowProbes: false,
  spareServed: false,
  spareDecoys: true,
  tellIgnored: false,
  tellEvery: false,
  ephemeralPorts: [0, 0],
};

export function dataPlaneContract(
  name: string,
  make: (capacity: number) => DataPlane,
  advance: (dataPlane: DataPlane, ns: number) => Promise<void> | void,
): void {
  describe(`the data plane: ${name}`, () => {
    let it: DataPlane;
    beforeEach(() => {
      it = make(100);
    });
    afterEach(() => it.close());

    const block = (text: string, expiresNs?: number) =>
      it.block({ prefix: prefix(text), origin: 'local', expiresNs });
    const sources = () => [...it.blocks()].map((entry) => formatPrefix(entry.prefix)).sort();

    test('its clock goes forward', async () => {
      const before = it.nowNs();
      await advance(it, 1000);
      assert.ok(it.nowNs() > before);
    });

    test('holds addresses and networks of both families', () => {
      const texts = ['198.51.100.7', '198.51.100.0/24', '0.0.0.0/0', '2001:db8::1', '2001:db8::/32', '::/0'];
      for (const text of texts) block(text);
      assert.deepEqual(sources(), [...texts].sort());
    });

    test('reads back what was asked for', () => {
      const expiresNs = it.nowNs() + 60 * SECOND_NS;
      const before = it.nowNs();
      it.block({ prefix: prefix('2001:db8::/64'), origin: 'operator', expiresNs });
      const entry = it.readBlock(prefix('2001:db8::/64'));
      assert.equal(entry?.origin, 'operator');
      assert.equal(entry.expiresNs, expiresNs);
      assert.ok(entry.addedNs >= before && entry.addedNs <= it.nowNs());
      assert.deepEqual([entry.packets, entry.bytes, entry.lastSeenNs], [0, 0, undefined]);
      assert.equal(it.readBlock(prefix('2001:db8::/65')), undefined);
    });

    test('renewing keeps when it was added, and changes the rest', async () => {
      block('198.51.100.7', it.nowNs() + 60 * SECOND_NS);
      const { addedNs } = it.readBlock(prefix('198.51.100.7'))!;
      await advance(it, 1000);
      it.block({ prefix: prefix('198.51.100.7'), origin: 'operator', expiresNs: undefined });
      const entry = it.readBlock(prefix('198.51.100.7'))!;
      assert.deepEqual([entry.addedNs, entry.origin, entry.expiresNs], [addedNs, 'operator', undefined]);
      assert.deepEqual(sources(), ['198.51.100.7']);
    });

    test('a block after one that has expired starts anew', async () => {
      block('198.51.100.7', it.nowNs() + 1000);
      const { addedNs } = it.readBlock(prefix('198.51.100.7'))!;
      await advance(it, 10_000);
      block('198.51.100.7');
      assert.ok(it.readBlock(prefix('198.51.100.7'))!.addedNs > addedNs);
    });

    test('unblocking says whether there was something', () => {
      block('198.51.100.7');
      assert.equal(it.unblock(prefix('198.51.100.0/24')), false);
      assert.equal(it.unblock(prefix('198.51.100.7')), true);
      assert.equal(it.unblock(prefix('198.51.100.7')), false);
      assert.deepEqual(sources(), []);
    });

    test('a full table refuses, keeps what it has, and has room again after an unblock', () => {
      it.close();
      it = make(3);
      for (const host of [1, 2, 3]) block(`198.51.100.${host}`);
      assert.throws(() => block('198.51.100.4'), { code: 'XS_ERR_TABLE_FULL' });
      block('198.51.100.3', it.nowNs() + SECOND_NS);
      assert.equal(sources().length, 3);
      it.unblock(prefix('198.51.100.1'));
      block('198.51.100.4');
      assert.equal(sources().length, 3);
    });

    test('tells how full its block table is', async () => {
      for (const host of [1, 2, 3]) block(`198.51.100.${host}`);
      it.unblock(prefix('198.51.100.1'));
      const { bytes, ...fill } = (await it.tables()).find(({ table }) => table === 'blocks')!;
      assert.deepEqual(fill, { table: 'blocks', entries: 2, capacity: 100 });
      assert.ok(bytes > 0, 'it takes memory');
    });

    test('lets its rules begin anew with a source, known to them or not; a block of it stays', () => {
      block('198.51.100.7');
      for (const text of ['198.51.100.7', '198.51.100.8', '2001:db8::/64']) it.forget(prefix(text));
      assert.deepEqual(sources(), ['198.51.100.7']);
    });

    const columns = (...texts: string[]) => columnsOf(texts.map(prefix));

    test('takes lists, both families, empty ones among them, and others in their place', async () => {
      await it.setLists([
        columns('198.51.100.7', '198.51.100.128/25', '2001:db8::/32'),
        columns(),
        columns('198.18.0.1'),
      ]);
      assert.deepEqual(it.listDrops(), Array(3).fill({ packets: 0, bytes: 0 }));
      await it.setLists([columns('198.51.100.7')]);
      assert.equal(it.listDrops().length, 1);
      await it.setLists([]);
      assert.deepEqual(it.listDrops(), []);
    });

    test(`has room for ${MAX_LISTS} lists; refuses one more, and keeps those that are there`, async () => {
      const lists = Array.from({ length: MAX_LISTS }, (_, index) => columns(`198.51.100.${index}`));
      await it.setLists(lists);
      await assert.rejects(it.setLists([...lists, columns('198.18.0.1')]), { code: 'XS_ERR_LISTS_FULL' });
      assert.equal(it.listDrops().length, MAX_LISTS);
    });

    test('lists have no part in its blocks', async () => {
      block('198.51.100.7');
      await it.setLists([columns('198.51.100.7', '198.18.0.1')]);
      assert.deepEqual(sources(), ['198.51.100.7']);
      await it.setLists([]);
      assert.deepEqual(sources(), ['198.51.100.7']);
    });

    test('enforcement is on no trial unless that is asked for, and no longer when that is', async () => {
      const afterAsking = (durationMs: number | undefined) => {
        it.enforceFor(durationMs);
        return it.trial;
      };
      assert.equal(it.trial, undefined);
      const { state, leftNs } = afterAsking(60_000)!;
      assert.equal(state, 'unconfirmed');
      assert.ok(leftNs > 50 * SECOND_NS && leftNs <= 60 * SECOND_NS, `${leftNs}`);
      assert.equal(afterAsking(undefined), undefined);
      it.enforceFor(1);
      await advance(it, 0.01 * SECOND_NS);
      const over = it.trial!;
      assert.equal(over.state, 'rolled_back');
      assert.ok(over.leftNs < 0, 'it says since when');
    });

    test('tells which ports it was told are served', () => {
      const ports = { tcp: PortSet.of([0, 31, 32, 63, 64, 8080]), udp: PortSet.of([53, 65_535]) };
      const texts = () => {
        const { tcp, udp, sctp = '' } = it.readServed();
        return [`${tcp}`, `${udp}`, `${sctp}`];
      };
      it.setServed(ports);
      assert.deepEqual(texts(), ['0,31-32,63-64,8080', '53,65535', '']);
      it.setServed({ ...ports, tcp: PortSet.of([1]) });
      assert.deepEqual(texts(), ['1', '53,65535', '']);
    });

    test('keeps who is logged in, of both families', () => {
      const { logins } = it;
      logins.set(prefix('192.0.2.1'), 1000.5);
      logins.set(prefix('2001:db8::1'), 2000);
      logins.set(prefix('192.0.2.1'), 3000.25);
      logins.set(prefix('192.0.2.2'), 1);
      logins.delete(prefix('192.0.2.2'));
      const all = logins.all().map((login) => `${formatPrefix(login.prefix)} ${login.lastMs}`);
      assert.deepEqual(all.sort(), ['192.0.2.1 3000.25', '2001:db8::1 2000']);
    });

    test('is attached when that is asked for, and keeps what its tables hold', () => {
      block('198.51.100.7');
      assert.equal(it.attachments.length, 0);
      it.attach();
      it.attach();
      const [attachment, ...others] = it.attachments;
      assert.equal(others.length, 0);
      assert.equal(it.isAttached(attachment!.interface), true);
      assert.deepEqual(sources(), ['198.51.100.7']);
      it.unwatch(attachment!.interface);
      assert.equal(it.isAttached(attachment!.interface), false);
      assert.equal(it.attachments.length, 0);
      it.watch(attachment!.interface);
      assert.equal(it.isAttached(attachment!.interface), true);
      assert.deepEqual(sources(), ['198.51.100.7']);
    });

    test('keeps what its tables hold under other options, too', async () => {
      it.attach();
      block('198.51.100.7');
      await it.setLists([columns('198.18.0.1')]);
      for (const swallowProbes of [true, false]) {
        it.renew({ ...OPTIONS, swallowProbes });
        assert.deepEqual(sources(), ['198.51.100.7']);
        assert.equal(it.listDrops().length, 1);
      }
      block('198.51.100.8');
      assert.equal(it.unblock(prefix('198.51.100.7')), true);
      assert.deepEqual(sources(), ['198.51.100.8']);
      assert.equal(it.attachments.length, 1);
    });

    test('reads its events', () => {
      assert.equal(it.readsEvents(), true);
      it.attach();
      assert.deepEqual([it.readsEvents(), it.readsEvents()], [true, true]);
    });

    test('may be closed twice', () => {
      it.close();
      it.close();
    });
  });
}
