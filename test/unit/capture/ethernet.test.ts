import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eth, layer3 } from '../../../scripts/packets/packet.ts';
import { writeEthernet } from '../../../src/capture/ethernet.ts';
import { cooked, cooked2 } from '../../support/cooked.ts';

const written = (linkType: number, bytes: Uint8Array, room = 200) => {
  const target = new Uint8Array(room).fill(0xee);
  const length = writeEthernet(linkType, bytes, target);
  assert.ok(
    target.subarray(length).every((byte) => byte === 0xee),
    'nothing is written behind the frame',
  );
  return target.slice(0, length);
};
const ip4 = layer3().ip4().tcp().build();
const ip6 = layer3().ip6().udp().build();
const wrapped = (type: number, packet: Uint8Array) =>
  eth({ dst: '02:00:00:00:00:01', src: '00:00:00:00:00:00', type }).bytes(packet).build();

describe('an Ethernet frame', () => {
  test('of Ethernet is as it was', () => {
    const frame = eth().vlan(5).ip4().tcp().build();
    assert.deepEqual(written(1, frame), frame);
  });

  for (const linkType of [12, 14, 101, 228, 229]) {
    test(`of raw IP (${linkType}) has a header that says which`, () => {
      assert.deepEqual(written(linkType, ip4), wrapped(0x0800, ip4));
      assert.deepEqual(written(linkType, ip6), wrapped(0x86dd, ip6));
    });
  }

  for (const [name, linkType, make] of [
    ['v1', 113, cooked],
    ['v2', 276, cooked2],
  ] as const) {
    test(`of Linux cooked ${name}`, () => {
      assert.deepEqual(written(linkType, make(0x0800, ip4)), wrapped(0x0800, ip4));
      assert.deepEqual(written(linkType, make(0x86dd, ip6)), wrapped(0x86dd, ip6));
    });

    test(`of Linux cooked ${name} with a VLAN tag`, () => {
      const tagged = Uint8Array.from([0, 5, 0x08, 0x00, ...ip4]);
      assert.deepEqual(written(linkType, make(0x8100, tagged)), wrapped(0x8100, tagged));
    });

    test(`of Linux cooked ${name} to a group of stations is to a group`, () => {
      assert.equal(written(linkType, make(0x0800, ip4, 1))[0]! & 1, 1);
      assert.equal(written(linkType, make(0x0800, ip4, 2))[0]! & 1, 1);
      assert.equal(written(linkType, make(0x0800, ip4, 0))[0]! & 1, 0);
    });

    test(`of Linux cooked ${name} that is cut short within its header is none`, () => {
      assert.equal(written(linkType, make(0x0800, ip4).subarray(0, 15)).length, 0);
    });
  }

  test('is cut where there is no room', () => {
    assert.deepEqual(written(101, ip4, 20), wrapped(0x0800, ip4).slice(0, 20));
  });
});
