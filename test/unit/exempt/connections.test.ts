import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Connections } from '../../../src/exempt/connections.ts';
import type { TcpConnection, TcpEnds } from '../../../src/host/tcp-peers.ts';
import { PortSet } from '../../../src/values/ports.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';

const ALICE = '198.51.100.20';
const BOB = '198.51.100.21';

/** The address as /proc writes it. */
function remoteOf(text: string): string {
  const { family, bytes } = parsePrefix(text)!;
  const words = [...bytes.subarray(0, family === 4 ? 4 : 16)];
  let hex = '';
  for (let at = 0; at < words.length; at += 4)
    hex += Buffer.from(words.slice(at, at + 4).reverse()).toString('hex');
  return hex.toUpperCase();
}

const endsOf = (address: string, remotePort = 40_000): TcpEnds => ({
  remote: remoteOf(address),
  remotePort,
  localPort: 443,
});

/** Connections that a test says, and a clock that it turns. */
function make(capacity?: number) {
  let there: TcpConnection[] = [];
  let over: TcpEnds[] = [];
  const state = { nowMs: 0, costMs: 0, looks: 0, glances: 0, otherLines: 0 };
  const changes: string[] = [];
  const spend = () => {
    state.nowMs += state.costMs;
    return there;
  };
  const connections = new Connections({
    sourceBits6: 64,
    traps: () => PortSet.of([23]),
    nowMs: () => state.nowMs,
    reader: {
      async *portions() {
        state.looks++;
        const all = spend();
        for (const connection of all) yield { lines: 1, connections: [connection], over: [] };
        yield { lines: state.otherLines, connections: [], over };
      },
      now() {
        state.glances++;
        return { lines: 0, connections: spend(), over };
      },
    },
    onChange: (sources, newcomers) =>
      changes.push(`${[...sources.keys()]}; new: ${newcomers.map(formatPrefix)}`),
    ...(capacity !== undefined && { capacity }),
  });
  const set = (...addresses: readonly string[]) => {
    there = addresses.map((address) => ({ ...endsOf(address), row: '' }));
  };
  const has = (text: string) => connections.has(parsePrefix(text)!);
  return {
    connections,
    state,
    changes,
    set,
    has,
    setOver: (...ends: TcpEnds[]) => {
      over = ends;
    },
    setRaw: (raw: TcpConnection[]) => {
      there = raw;
    },
  };
}

describe('who holds a connection', () => {
  test('is known from the look on, and told of once', async () => {
    const { connections, changes, set, has } = make();
    set(ALICE, BOB, ALICE);
    await connections.look();
    await connections.look();
    assert.deepEqual(changes, [`${ALICE},${BOB}; new: ${ALICE},${BOB}`]);
    assert.deepEqual([ALICE, BOB, '198.51.100.22'].map(has), [true, true, false]);
    assert.deepEqual([connections.hasAddress(ALICE), connections.hasAddress('198.51.100.22')], [true, false]);
  });

  test('counts until two looks did not see it: the kernel may leave somebody out once', async () => {
    const { connections, changes, set } = make();
    set(ALICE);
    await connections.look();
    set();
    await connections.look();
    assert.equal(changes.length, 1);
    await connections.look();
    assert.deepEqual(changes.slice(1), ['; new: ']);
  });

  test('stands for its IPv6 network; a neighbour on the link for itself', async () => {
    const { connections, set, has } = make();
    set('2001:db8:0:20::1', 'fe80::1');
    await connections.look();
    assert.deepEqual(['2001:db8:0:20::/64', 'fe80::1', 'fe80::/64'].map(has), [true, true, false]);
  });

  test('is no visitor of a port that the sentry listens at, and not this host', async () => {
    const { connections, changes, setRaw } = make();
    const at = (address: string, localPort: number) => ({ ...endsOf(address), localPort, row: '' });
    setRaw([at(ALICE, 23), at('127.0.0.1', 443), at('::1', 443), at(BOB, 22)]);
    await connections.look();
    assert.deepEqual(changes, [`${BOB}; new: ${BOB}`]);
  });

  test('has room up to a bound; those beyond are counted', async () => {
    const { connections, set, has } = make(1);
    set(ALICE, BOB);
    await connections.look();
    assert.equal(connections.withoutRoom, 1);
    assert.deepEqual([has(ALICE), has(BOB)], [true, false]);
    assert.equal(connections.hasAddress(BOB), true, 'nobody knows');
  });

  test('is bound to this host, and by having come again and again, too; not at the ports of the sentry', async () => {
    const { connections, state, changes, setOver } = make();
    const bond = (text: string) => connections.bondOf(parsePrefix(text)!);
    for (const port of [40_001, 40_002, 40_003, 40_004, 40_005]) {
      setOver(endsOf(ALICE, port), { ...endsOf(BOB, port), localPort: 23 });
      await connections.look();
      state.nowMs += 4_000;
    }
    assert.deepEqual([bond(ALICE), bond(BOB)], ['regular', undefined]);
    assert.deepEqual(changes, [`${ALICE}; new: ${ALICE}`], 'the kernel spares it');
    assert.deepEqual([connections.has(parsePrefix(ALICE)!), connections.hasAddress(ALICE)], [false, false]);
  });

  test('is looked up on the spot, when it has just come', async () => {
    const { connections, changes, set, has } = make();
    await connections.look();
    set(ALICE);
    assert.equal(has(ALICE), true);
    assert.deepEqual(changes, [`${ALICE}; new: ${ALICE}`]);
  });

  test('is not looked up so often that there is time for nothing else', async () => {
    const { connections, state, has } = make();
    state.costMs = 2;
    await connections.look();
    has(ALICE);
    for (; state.nowMs < 20; state.nowMs++) has(ALICE);
    assert.equal(state.glances, 1);
    state.nowMs = 23;
    has(ALICE);
    assert.equal(state.glances, 2);
  });

  test('is not waited for where there are many lines, though most are of connections that begin or end', async () => {
    const { connections, state, has } = make();
    state.otherLines = 3000;
    await connections.look();
    assert.equal(has(ALICE), false);
    assert.equal(state.glances, 0);
  });

  test('is not looked for again at once, where a look takes long', async () => {
    const { connections, state } = make();
    state.costMs = 500;
    for (; state.nowMs < 5_000; state.nowMs += 100) await connections.look();
    assert.equal(state.looks, 1);
    state.nowMs = 5_600;
    await connections.look();
    assert.equal(state.looks, 2);
  });
});
