import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eth, type Packet, tagged } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import type { OutcomeName } from '../support/sentry-object/names.ts';
import { SentryObject } from '../support/sentry-object.ts';

/** A packet for each way to end that needs no socket and no route; those have tables of their own. */
const ways: Partial<Record<OutcomeName, Packet>> = {
  PASS_NOT_IP: eth({ type: 0x0806 }).bytes(28),
  PASS_TRUNCATED: eth().ip4({ totalLength: 39 }).tcp(),
  PASS_BAD_HEADER: eth().ip4({ ihl: 4 }).tcp(),
  PASS_VLAN_DEPTH: tagged(65).ip4().tcp(),
  PASS_EXT_HEADERS: Array.from({ length: 65 })
    .reduce<Packet>((packet) => packet.destOptions(), eth().ip6())
    .tcp(),
  PASS_FRAGMENT: eth().ip4({ fragOffset: 1 }).bytes(40),
  PASS_OTHER_PROTOCOL: eth().ip6().icmp6(),
  PASS_NOT_UNICAST: eth({ dst: 'ff:ff:ff:ff:ff:ff' }).ip4().udp(),
  PASS_NOT_MONITORED: eth().ip6().tcp({ dport: 12 }),
  PASS_REPLY: eth().ip4().tcp({ flags: 'SA' }),
  PASS_EPHEMERAL: eth().ip4().udp({ dport: 40_000 }),
  PASS_IGNORED: eth().ip4({ src: '203.0.113.1' }).tcp(),
  PASS_PROBE: eth().ip6().tcp(),
  DROP_BLOCKED: eth().ip4({ src: '203.0.113.2' }).tcp(),
};

for (const hasBuffLen of [undefined, false]) {
  const how = hasBuffLen === false ? 'by the ends of the packet' : 'as this kernel does it best';
  describe(`counting bytes ${how}`, { skip: needs('bpf') }, () => {
    let sentry: SentryObject;
    before(() => {
      sentry = SentryObject.load({ tunables: hasBuffLen === undefined ? {} : { hasBuffLen } });
      sentry.monitor('TCP', 11);
      sentry.monitor('UDP', 11, 40_000);
      sentry.ignore('203.0.113.1');
      sentry.block('203.0.113.2');
    });
    after(() => sentry?.close());

    for (const [outcome, packet] of Object.entries(ways)) {
      it(`${outcome} counts each packet once, with all its bytes and padding`, () => {
        const { length } = packet.build();
        // `run` itself fails when a packet is not counted exactly once, or with other bytes than it has.
        for (const size of [length, 100, 1514, 3000])
          assert.equal(sentry.run(packet.padTo(size)).outcome, outcome);
      });
    }
  });
}
