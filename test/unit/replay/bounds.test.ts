import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedMap } from '../../../src/replay/bounded-map.ts';
import { Outbound } from '../../../src/replay/outbound.ts';
import type { AddressKey } from '../../../src/replay/packet.ts';

const PRIVATE = 0x0a00_0001;
/** Addresses of one /16 after the other. */
const PUBLIC = 0xc633_0000;
const LIMITS = { places: 4, targetsOfOne: 64, targets: 128 };

const syn = (source: AddressKey, destination: AddressKey, port: number): Parameters<Outbound['look']>[0] => ({
  source,
  destination,
  transport: { protocol: 'tcp', sourcePort: 40_000, port, flags: 2, sequence: 1, acknowledged: 0 },
});

/** A scan of so many ports. */
const scan = (outbound: Outbound, source: number, destination: number, ports: number) => {
  for (let port = 1; port <= ports; port++) outbound.look(syn(source, destination, port));
};

describe('a map that is bounded', () => {
  test('lets go of what was put there first, counts it, and answers it', () => {
    const map = new BoundedMap<number, string>(3);
    for (let key = 0; key < 3; key++) assert.equal(map.set(key, `${key}`), undefined);
    assert.equal(map.set(3, '3'), '0');
    assert.equal(map.set(1, 'one'), '1', 'one that is there stays');
    assert.equal(map.set(4, '4'), 'one');
    assert.deepEqual([[...map.entries()].length, map.forgotten], [3, 2]);
  });
});

describe('who calls out', () => {
  test('who scans a network is no client; who calls a few hosts is one', () => {
    const outbound = new Outbound();
    scan(outbound, PRIVATE, PUBLIC, 40);
    scan(outbound, PRIVATE + 1, PUBLIC, 5);
    assert.equal(outbound.isClients(PRIVATE, PUBLIC), false);
    assert.equal(outbound.isClients(PRIVATE + 1, PUBLIC), true);
    assert.equal(outbound.forgotten, 0);
  });

  test('of one source and network so many targets are enough; the others are counted', () => {
    const outbound = new Outbound(LIMITS);
    scan(outbound, PRIVATE, PUBLIC, 70);
    assert.equal(outbound.forgotten, 6);
    assert.equal(outbound.isClients(PRIVATE, PUBLIC), false);
  });

  test('the source that came first makes room for others, and is counted', () => {
    const outbound = new Outbound(LIMITS);
    for (let at = 0; at < 5; at++) scan(outbound, PRIVATE + at, PUBLIC, 25);
    assert.equal(outbound.forgotten, 1);
    assert.equal(outbound.isClients(PRIVATE, PUBLIC), true, 'nothing is known of it any more');
    assert.equal(outbound.isClients(PRIVATE + 1, PUBLIC), false);
  });

  test('all targets together have a bound, too', () => {
    const outbound = new Outbound(LIMITS);
    for (let at = 0; at < 3; at++) scan(outbound, PRIVATE + at, PUBLIC, 60);
    assert.equal(outbound.forgotten, 1);
    assert.equal(outbound.isClients(PRIVATE + 2, PUBLIC), false);
  });
});
