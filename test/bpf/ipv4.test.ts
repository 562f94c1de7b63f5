import { after, before, describe } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { type Case, cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

const MONITORED = 11;

describe('the IPv4 header', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', MONITORED);
    sentry.monitor('UDP', MONITORED);
  });
  after(() => sentry?.close());

  cases(() => sentry, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].flatMap(headerLength));
  cases(
    () => sentry,
    [0, 1, 2, 3, 4].map((ihl) => ({
      says: `a header length of ${ihl} words is impossible`,
      packet: eth().ip4({ ihl }).tcp(),
      outcome: 'PASS_BAD_HEADER',
    })),
  );
  cases(
    () => sentry,
    [0, 5, 6, 15].map((version) => ({
      says: `version ${version} is not what Ethernet announced`,
      packet: eth().ip4({ version }).tcp(),
      outcome: 'PASS_BAD_HEADER',
    })),
  );

  cases(
    () => sentry,
    [
      {
        says: 'options whose bytes look like ports are not read as ports',
        packet: eth()
          .ip4({ options: [0x9c, 0x40, 0x00, MONITORED] })
          .tcp({ dport: 12 }),
        outcome: 'PASS_NOT_MONITORED',
      },
      {
        says: 'a total length of 0',
        packet: eth().ip4({ totalLength: 0 }).tcp(),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'a total length shorter than the header',
        packet: eth().ip4({ totalLength: 19 }).tcp(),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'a total length shorter than the header with its options',
        packet: eth().ip4({ ihl: 15, totalLength: 59 }).tcp(),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'a total length of the bare header: the SYN behind it is padding',
        packet: eth().ip4({ totalLength: 20 }).tcp(),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a total length that ends one byte before the TCP header does: the rest is padding',
        packet: eth().ip4({ totalLength: 39 }).tcp().padTo(60),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a total length that ends between the ports and the flags',
        packet: eth().ip4({ totalLength: 28 }).tcp().padTo(60),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a total length that ends one byte before the UDP header does',
        packet: eth().ip4({ totalLength: 27 }).udp().padTo(60),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a total length longer than the frame hides nothing',
        packet: eth().ip4({ totalLength: 1500 }).tcp(),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: 'Ethernet padding behind a whole packet is no harm',
        packet: eth().ip4().tcp().padTo(60, 0xff),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: 'a wrong checksum is for the network stack to judge',
        packet: eth()
          .ip4()
          .tcp()
          .build()
          .with(14 + 10, 0xee),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: 'an expired time to live is no excuse',
        packet: eth().ip4({ ttl: 1 }).tcp(),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
    ],
  );

  cases(
    () => sentry,
    [
      { says: 'ICMP has no ports', packet: eth().ip4().icmp().bytes(20), outcome: 'PASS_OTHER_PROTOCOL' },
      {
        says: 'SCTP to a port that TCP watches',
        packet: eth().ip4().sctp({ dport: MONITORED }),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'an authentication header is no extension header in IPv4',
        packet: eth().ip4().auth().tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'IP in IP is not looked into',
        packet: eth().ip4().ip4().tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'IPv6 in IPv4 is not looked into',
        packet: eth().ip4().ip6().tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'IPv6 extension headers mean nothing in IPv4',
        packet: eth().ip4().destOptions().tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      { says: 'protocol 255', packet: eth().ip4({ protocol: 255 }).tcp(), outcome: 'PASS_OTHER_PROTOCOL' },
    ],
  );
});

function headerLength(ihl: number): Case[] {
  return [
    {
      says: `a header of ${ihl} words: SYN`,
      packet: eth().ip4({ ihl }).tcp(),
      outcome: 'PASS_PROBE',
      probe: 'TCP SYN',
    },
    {
      says: `a header of ${ihl} words: datagram`,
      packet: eth().ip4({ ihl }).udp(),
      outcome: 'PASS_PROBE',
      probe: 'UDP UDP',
    },
  ];
}
