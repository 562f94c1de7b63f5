import { after, before, describe } from 'node:test';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

const OWN = '02:00:00:00:00:01';
const VIRTUAL = '00:00:5e:00:01:0a';
const OTHER = '02:00:00:00:00:02';
const SCANNER = '203.0.113.66';

for (const [family, ip] of [
  ['IPv4', (packet: Packet) => packet.ip4({ src: SCANNER })],
  ['IPv6', (packet: Packet) => packet.ip6({ src: '2001:db8:66::66' })],
] as const) {
  describe(`frames and the stations they are sent to, ${family}`, { skip: needs('bpf') }, () => {
    let sentry: SentryObject;
    before(() => {
      sentry = SentryObject.load({ tunables: { skipOtherStations: true } });
      sentry.monitor('TCP', 11);
      sentry.station(OWN);
      sentry.station(VIRTUAL);
      sentry.block('203.0.113.99');
    });
    after(() => sentry?.close());

    const syn = (dst: string) => ip(eth({ dst })).tcp({ dport: 11 });
    cases(
      () => sentry,
      [
        { says: 'to this host: a probe', packet: syn(OWN), outcome: 'PASS_PROBE', probe: 'TCP SYN' },
        {
          says: 'to another address of this host: a probe',
          packet: syn(VIRTUAL),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        { says: 'to another host: let be', packet: syn(OTHER), outcome: 'PASS_OTHER_HOST' },
        {
          says: 'to another host inside a VLAN: let be',
          packet: ip(eth({ dst: OTHER }).vlan(7)).tcp({ dport: 11 }),
          outcome: 'PASS_OTHER_HOST',
        },
        {
          says: 'to another host from a blocked source: dropped all the same',
          packet: eth({ dst: OTHER }).ip4({ src: '203.0.113.99' }).tcp({ dport: 11 }),
          outcome: 'DROP_BLOCKED',
        },
      ],
    );
  });
}
