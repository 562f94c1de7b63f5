import { after, before, describe } from 'node:test';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');

/** The common header of SCTP to port 11, and a chunk of that type without anything in it. */
const sctpChunk = (ip: Packet, type: number): Packet =>
  ip.bytes(Uint8Array.of(0x9c, 0x40, 0, 11, 0, 0, 0, 1, 0, 0, 0, 0, type, 0, 0, 4));

const sctp4 = (type: number) => sctpChunk(eth().ip4({ protocol: 132 }), type);
const sctp6 = (type: number) => sctpChunk(eth().ip6({ next: 132 }), type);

/** A message of ICMP with nothing but its first eight bytes. */
const icmp4 = (type: number) =>
  eth()
    .ip4({ protocol: 1 })
    .bytes(Uint8Array.of(type, 0, 0, 0, 0, 1, 0, 1));
const icmp6 = (type: number) =>
  eth()
    .ip6({ next: 58 })
    .bytes(Uint8Array.of(type, 0, 0, 0, 0, 1, 0, 1));

describe('protocols besides TCP and UDP', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('SCTP', 11);
    sentry.monitor('ICMP', [0, 255]);
    sentry.monitor('IP', [200, 255]);
    for (const number of [1, 58, 132]) sentry.monitor('IP', number);
  });
  after(() => sentry?.close());

  const probe = (says: string, packet: Packet, kind: string, port: number) => ({
    says,
    packet,
    outcome: 'PASS_PROBE' as const,
    probe: kind,
    port,
  });

  cases(
    () => sentry,
    [
      probe('nmap -sY: INIT', eth().ip4().sctp(), 'SCTP SCTP', 11),
      probe('nmap -sY, IPv6', eth().ip6().sctp(), 'SCTP SCTP', 11),
      probe('nmap -sY behind a tag and a header', eth().vlan(7).ip6().hopByHop().sctp(), 'SCTP SCTP', 11),
      probe('nmap -sZ: COOKIE-ECHO', sctp4(10), 'SCTP SCTP', 11),
      probe('nmap -sZ, IPv6', sctp6(10), 'SCTP SCTP', 11),
      { says: 'DATA belongs to an association', packet: sctp4(0), outcome: 'PASS_REPLY' },
      { says: 'INIT-ACK answers', packet: sctp4(2), outcome: 'PASS_REPLY' },
      { says: 'ABORT answers', packet: sctp6(6), outcome: 'PASS_REPLY' },
      {
        says: 'an SCTP port that is not monitored',
        packet: eth().ip4().sctp({ dport: 12 }),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      probe('SCTP with nothing in it', eth().ip4({ protocol: 132 }), 'IP PROTOCOL', 132),
      probe('SCTP with nothing in it, IPv6', eth().ip6({ next: 132 }), 'IP PROTOCOL', 132),
      probe('SCTP without a chunk', eth().ip4({ protocol: 132 }).bytes(12), 'IP PROTOCOL', 132),
      probe('SCTP with part of a chunk’s header', eth().ip4({ protocol: 132 }).bytes(15), 'IP PROTOCOL', 132),
      {
        says: 'SCTP that was cut off on the way',
        packet: eth()
          .ip4()
          .sctp()
          .truncate(14 + 20 + 12),
        outcome: 'PASS_TRUNCATED',
      },
      probe(
        'a first fragment that ends before the chunk',
        eth().ip4({ moreFragments: true }).sctp().keep(8),
        'SCTP FRAGMENT',
        11,
      ),

      probe('an echo request', eth().ip4().icmp(), 'ICMP PING', 8),
      probe('an echo request of IPv6', eth().ip6().icmp6(), 'ICMP PING', 128),
      probe('a timestamp request', icmp4(13), 'ICMP PING', 13),
      probe('an information request', icmp4(15), 'ICMP PING', 15),
      probe('an address mask request', icmp4(17), 'ICMP PING', 17),
      { says: 'an echo reply', packet: icmp4(0), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: 'port unreachable', packet: icmp4(3), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: 'IPv6 has no 8', packet: icmp6(8), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: 'IPv4 has no 128', packet: icmp4(128), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: 'a neighbour who asks', packet: icmp6(135), outcome: 'PASS_OTHER_PROTOCOL' },
      { says: 'an unfinished message', packet: eth().ip4().icmp().keep(7), outcome: 'PASS_TRUNCATED' },

      probe('nmap -sO', eth().ip4({ protocol: 222 }), 'IP PROTOCOL', 222),
      probe('nmap -sO, IPv6', eth().ip6({ next: 255 }), 'IP PROTOCOL', 255),
      probe('ICMP of the other family', eth().ip6({ next: 1 }), 'IP PROTOCOL', 1),
      probe('ICMPv6 of the other family', eth().ip4({ protocol: 58 }).bytes(8), 'IP PROTOCOL', 58),
      { says: 'a tunnel', packet: eth().ip4({ protocol: 47 }).bytes(8), outcome: 'PASS_OTHER_PROTOCOL' },
      {
        says: 'to a group',
        packet: eth().ip4({ protocol: 222, dst: '224.0.0.5' }),
        outcome: 'PASS_NOT_UNICAST',
      },
      {
        says: 'a later fragment',
        packet: eth().ip4({ protocol: 222, fragOffset: 1 }),
        outcome: 'PASS_FRAGMENT',
      },
    ],
  );
});
