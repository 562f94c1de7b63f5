import { after, before, describe } from 'node:test';
import { eth, tagged } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { disguises, V4 } from '../support/disguises.ts';
import { type Case, cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

describe('a blocked source is dropped however it comes', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.block(V4.src);
    sentry.block('2001:db8:66::/64');
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    disguises.map(([says, packet]): Case => ({ says, packet, outcome: 'DROP_BLOCKED' })),
  );

  // Where the source cannot be read, nobody can say that it is blocked.
  cases(
    () => sentry,
    [
      {
        says: 'but not behind 65 VLAN tags',
        packet: tagged(65).ip4(V4).tcp(),
        outcome: 'PASS_VLAN_DEPTH',
      },
      {
        says: 'but not with its address cut off',
        packet: eth()
          .ip4(V4)
          .tcp()
          .truncate(14 + 19),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'but not with an impossible header',
        packet: eth()
          .ip4({ ...V4, ihl: 4 })
          .tcp(),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'but not inside the tunnel of another',
        packet: eth().ip4().ip4(V4).tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      { says: 'but not in ARP', packet: eth({ type: 0x0806 }).bytes(28), outcome: 'PASS_NOT_IP' },
    ],
  );
});
