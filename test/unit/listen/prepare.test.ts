/** Other ports and another banner while those that stay go on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PortSet } from '../../../src/values/ports.ts';
import { connectTo, freePort, listening } from './listening.ts';

const places = (banner: string | undefined, ...tcp: number[]) => ({
  tcp: PortSet.of(tcp),
  udp: new PortSet(),
  banner,
});

/** True when nobody is there. */
const isRefused = async (port: number): Promise<boolean> =>
  (await connectTo(port).closed).error !== undefined;
const greeting = async (port: number): Promise<string> => (await connectTo(port).closed).bytes.toString();

describe('other places to listen at', () => {
  test('take the place of those before, and what stays is not interrupted', async (t) => {
    const [stays, goes, comes] = [await freePort(), await freePort(), await freePort()];
    const { prepare } = await listening(t, { tcp: [stays, goes], banner: 'before' });
    const change = await prepare(places('after', stays, comes));
    assert.deepEqual(change.refused, []);
    assert.equal(await greeting(goes), 'before');
    change.commit();
    assert.equal(await greeting(stays), 'after');
    assert.equal(await greeting(comes), 'after');
    assert.equal(await isRefused(goes), true);
  });

  test('that are given up leave all as it was', async (t) => {
    const [stays, comes] = [await freePort(), await freePort()];
    const { prepare } = await listening(t, { tcp: [stays], banner: 'before' });
    (await prepare(places('after', comes))).abandon();
    assert.equal(await greeting(stays), 'before');
    assert.equal(await isRefused(comes), true);
  });

  test('that somebody else has are told, and tried again the next time', async (t) => {
    const taken = await freePort();
    const other = await listening(t, { tcp: [taken] });
    const { prepare } = await listening(t, {});
    const first = await prepare(places(undefined, taken));
    assert.deepEqual(
      first.refused.map(({ port, reason }) => [port, reason]),
      [[taken, 'EADDRINUSE']],
    );
    first.commit();
    await other.close();
    const second = await prepare(places('mine', taken));
    assert.deepEqual(second.refused, []);
    second.commit();
    assert.equal(await greeting(taken), 'mine');
  });
});
