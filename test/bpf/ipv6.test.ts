import { after, before, describe } from 'node:test';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { type Case, cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

/** As many destination options headers behind each other. */
const chain = (count: number, packet: Packet = eth().ip6()): Packet =>
  count === 0 ? packet : chain(count - 1, packet.destOptions());

const headers: readonly (readonly [string, Packet])[] = [
  ['no extension header', eth().ip6()],
  ['hop-by-hop options of 8 bytes', eth().ip6().hopByHop()],
  ['hop-by-hop options of 24 bytes', eth().ip6().hopByHop(22)],
  ['destination options of 8 bytes', eth().ip6().destOptions(8)],
  ['destination options of 264 bytes', eth().ip6().destOptions(264)],
  ['destination options of 2048 bytes, the longest there are', eth().ip6().destOptions(2048)],
  ['a routing header', eth().ip6().routing()],
  ['an authentication header, which counts in other units', eth().ip6().auth()],
  ['a mobility header', eth().ip6().mobility()],
  ['a mobility header of 16 bytes', eth().ip6().mobility(16)],
  ['a host identity header', eth().ip6().hip()],
  ['a shim6 header', eth().ip6().shim6()],
  ['an atomic fragment', eth().ip6().fragment()],
  [
    'one of each in the order of RFC 8200',
    eth().ip6().hopByHop().destOptions().routing().fragment().auth().destOptions(),
  ],
  ['64 extension headers', chain(64)],
];

describe('the IPv6 header and its extensions', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    headers.flatMap(([name, packet]): Case[] => [
      { says: `${name}: a SYN is found`, packet: packet.tcp(), outcome: 'PASS_PROBE', probe: 'TCP SYN' },
      { says: `${name}: a datagram is found`, packet: packet.udp(), outcome: 'PASS_PROBE', probe: 'UDP UDP' },
      { says: `${name}: ICMPv6 has no ports`, packet: packet.icmp6(), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: `${name}: then no next header`, packet: packet.bytes(0), outcome: 'PASS_OTHER_PROTOCOL' },
    ]),
  );

  cases(
    () => sentry,
    [
      { says: '65 extension headers are one too many', packet: chain(65).tcp(), outcome: 'PASS_EXT_HEADERS' },
      { says: 'so are 150', packet: chain(150).tcp(), outcome: 'PASS_EXT_HEADERS' },
      {
        says: '65 extension headers of different kinds',
        packet: chain(63, eth().ip6().hopByHop().auth()).tcp(),
        outcome: 'PASS_EXT_HEADERS',
      },
      {
        says: '64 extension headers, then SCTP',
        packet: chain(64).sctp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'no next header (59): what follows is nobody’s, even if it looks like a SYN',
        packet: eth().ip6({ next: 59 }).tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'ESP (50) cannot be read',
        packet: eth().ip6({ next: 50 }).tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      { says: 'ICMPv6', packet: eth().ip6().icmp6(), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: 'SCTP', packet: eth().ip6().sctp(), outcome: 'PASS_OTHER_PROTOCOL' },
      {
        says: 'IPv4 in IPv6 is not looked into',
        packet: eth().ip6().ip4().tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: 'IPv6 in IPv6 is not looked into',
        packet: eth().ip6().ip6().tcp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      { says: 'version 4', packet: eth().ip6({ version: 4 }).tcp(), outcome: 'PASS_BAD_HEADER' },
      { says: 'version 0', packet: eth().ip6({ version: 0 }).tcp(), outcome: 'PASS_BAD_HEADER' },
      {
        says: 'a payload length shorter than the TCP header: the rest is padding',
        packet: eth().ip6({ payloadLength: 19 }).tcp(),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a payload length of 0: the SYN behind it is padding',
        packet: eth().ip6({ payloadLength: 0 }).tcp(),
        outcome: 'PASS_TRUNCATED',
      },
      // What Linux 6.18 was seen to answer: a scanner may write such packets, and learns what any other tells.
      {
        says: 'a payload length of 0 before hop-by-hop options: Linux takes the whole frame, and so the SYN',
        packet: eth().ip6({ payloadLength: 0 }).hopByHop().tcp(),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: 'the same before a datagram behind other headers',
        packet: eth().ip6({ payloadLength: 0 }).hopByHop().destOptions().udp(),
        outcome: 'PASS_PROBE',
        probe: 'UDP UDP',
      },
      {
        says: 'the same, and the frame ends before the TCP header does',
        packet: eth().ip6({ payloadLength: 0 }).hopByHop().tcp().truncate(80),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a payload length of 0 before destination options: Linux takes no such packet',
        packet: eth().ip6({ payloadLength: 0 }).destOptions().tcp(),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a UDP length of 0, as in jumbograms: Linux takes it for all that is left',
        packet: eth().ip6().udp({ length: 0 }),
        outcome: 'PASS_PROBE',
        probe: 'UDP UDP',
      },
      {
        says: 'a UDP length of 7 is nobody’s',
        packet: eth().ip6().udp({ length: 7 }),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'a UDP length of 0 in IPv4 neither',
        packet: eth().ip4().udp({ length: 0 }),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'a payload length that ends inside an extension header',
        packet: eth().ip6({ payloadLength: 7 }).hopByHop().tcp(),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a payload length that ends with the extension header',
        packet: eth().ip6({ payloadLength: 8 }).hopByHop().tcp(),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'an extension header that reaches beyond the packet',
        packet: eth()
          .ip6()
          .destOptions(2048)
          .keep(64)
          .truncate(14 + 40 + 64),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'a payload length longer than the frame hides nothing',
        packet: eth().ip6({ payloadLength: 1460 }).tcp(),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: 'padding behind a whole packet is no harm',
        packet: eth().ip6().tcp().padTo(100, 0xff),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
    ],
  );
});
