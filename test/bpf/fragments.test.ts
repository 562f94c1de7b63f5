import { after, before, describe } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { type Case, cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

/** A frame of the wire has 60 bytes at least, without its checksum. */
const ETHERNET_MIN = 60;
/** The bytes of a SYN to a monitored port: what an attacker would hide in a later fragment. */
const SYN_BYTES = Uint8Array.of(0x9c, 0x40, 0, 11, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0);

const first = (more = true) => [
  { family: 'IPv4', packet: eth().ip4({ moreFragments: more }) },
  { family: 'IPv6', packet: eth().ip6().fragment({ more }) },
];
const later = (more = false) => [
  { family: 'IPv4', packet: eth().ip4({ fragOffset: 1, moreFragments: more, protocol: 6 }) },
  { family: 'IPv6', packet: eth().ip6().fragment({ offset: 1, more, next: 6 }) },
];

describe('fragments', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
  });
  after(() => sentry?.close());

  const probe = (says: string, packet: Case['packet'], kind: string): Case => ({
    says,
    packet,
    outcome: 'PASS_PROBE',
    probe: kind,
  });

  cases(
    () => sentry,
    first().flatMap(({ family, packet }) => [
      probe(
        `${family}: a first fragment with its whole header is what its flags say`,
        packet.tcp().bytes(4),
        'TCP SYN',
      ),
      probe(`${family}: so with FIN`, packet.tcp({ flags: 'F' }).bytes(4), 'TCP FIN'),
      probe(
        `${family}: a first fragment with the whole UDP header is a datagram`,
        packet.udp().bytes(16),
        'UDP UDP',
      ),
      probe(`${family}: the whole UDP header and nothing more`, packet.udp().keep(8), 'UDP UDP'),
      probe(
        `${family}: the first 8 bytes of a SYN, as nmap -f sends them`,
        packet.tcp().keep(8),
        'TCP FRAGMENT',
      ),
      probe(`${family}: the first 16 bytes of a SYN, flags and all`, packet.tcp().keep(16), 'TCP FRAGMENT'),
      probe(`${family}: one byte short of the header`, packet.tcp().keep(19), 'TCP FRAGMENT'),
      probe(`${family}: just the ports`, packet.tcp().keep(4), 'TCP FRAGMENT'),
      probe(
        `${family}: an RST in a tiny fragment is no answer of anybody`,
        packet.tcp({ flags: 'R' }).keep(16),
        'TCP FRAGMENT',
      ),
      probe(
        `${family}: padding does not make a tiny fragment whole`,
        packet
          .tcp()
          .keep(8)
          .padTo(ETHERNET_MIN + 40),
        'TCP FRAGMENT',
      ),
      probe(
        `${family}: nor does padding that looks like flags`,
        packet
          .tcp()
          .keep(8)
          .padTo(ETHERNET_MIN + 40, 0x14),
        'TCP FRAGMENT',
      ),
      probe(`${family}: UDP ports without the rest of the header`, packet.udp().keep(4), 'UDP FRAGMENT'),
      {
        says: `${family}: a tiny fragment to a port that nobody watches`,
        packet: packet.tcp({ dport: 12 }).keep(8),
        outcome: 'PASS_NOT_MONITORED',
      },
      {
        says: `${family}: a first fragment that ends inside the ports`,
        packet: packet.tcp().keep(3),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: `${family}: a first fragment with no transport header at all`,
        packet: packet.tcp().keep(0).padTo(100),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: `${family}: a first fragment of something else`,
        packet: packet.sctp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
    ]),
  );

  cases(
    () => sentry,
    first(false).flatMap(({ family, packet }) => [
      probe(`${family}: a packet in one piece is no fragment`, packet.tcp(), 'TCP SYN'),
      {
        says: `${family}: a packet in one piece that ends inside its transport header is cut, not tiny`,
        packet: packet.tcp().keep(16),
        outcome: 'PASS_TRUNCATED',
      },
    ]),
  );

  cases(
    () => sentry,
    [...later(false), ...later(true)].flatMap(({ family, packet }, index) => {
      const which = `${family}: ${index < 2 ? 'the last' : 'a middle'} fragment`;
      return [
        { says: `${which} has no ports`, packet: packet.bytes(40), outcome: 'PASS_FRAGMENT' },
        {
          says: `${which} whose bytes look like a SYN`,
          packet: packet.bytes(SYN_BYTES),
          outcome: 'PASS_FRAGMENT',
        },
        { says: `${which} of 8 bytes, padded`, packet: packet.bytes(8).padTo(100), outcome: 'PASS_FRAGMENT' },
        { says: `${which} with nothing in it`, packet, outcome: 'PASS_FRAGMENT' },
      ] satisfies Case[];
    }),
  );

  cases(
    () => sentry,
    [
      {
        says: 'IPv4: the largest offset',
        packet: eth().ip4({ fragOffset: 0x1fff }).tcp(),
        outcome: 'PASS_FRAGMENT',
      },
      probe('IPv4: "do not fragment" is no fragment', eth().ip4({ dontFragment: true }).tcp(), 'TCP SYN'),
      probe(
        'IPv4: a tiny fragment in the smallest Ethernet frame',
        eth().ip4({ moreFragments: true }).tcp().keep(8).padTo(ETHERNET_MIN),
        'TCP FRAGMENT',
      ),
      probe(
        'IPv4: a tiny fragment behind options',
        eth().ip4({ moreFragments: true, ihl: 15 }).tcp().keep(8),
        'TCP FRAGMENT',
      ),
      {
        says: 'IPv6: the largest offset',
        packet: eth().ip6().fragment({ offset: 0x1fff }).tcp(),
        outcome: 'PASS_FRAGMENT',
      },
      probe(
        'IPv6: the reserved byte of a fragment header is no length',
        eth().ip6().fragment({ reserved: 255 }).tcp(),
        'TCP SYN',
      ),
      probe(
        'IPv6: nor is it in a tiny fragment',
        eth().ip6().fragment({ reserved: 1, more: true }).tcp().keep(8),
        'TCP FRAGMENT',
      ),
      probe(
        'IPv6: nor does it move the ports to bytes of the sender',
        eth().ip6().fragment({ reserved: 2 }).tcp({ dport: 11, seq: 0xffffffff }).bytes(40),
        'TCP SYN',
      ),
      probe(
        'IPv6: a fragment header behind other extension headers',
        eth().ip6().hopByHop().fragment({ more: true }).tcp().keep(8),
        'TCP FRAGMENT',
      ),
      probe(
        'IPv6: extension headers inside the first fragment',
        eth().ip6().fragment({ more: true }).destOptions().tcp().bytes(4),
        'TCP SYN',
      ),
      // Cut off on the way: no stack takes it, and so no scanner learns from it.
      {
        says: 'IPv6: a tiny fragment whose length announces more than there is',
        packet: eth().ip6({ payloadLength: 28 }).fragment({ more: true }).tcp().keep(8),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'IPv4: the same',
        packet: eth().ip4({ moreFragments: true, totalLength: 40 }).tcp().keep(8),
        outcome: 'PASS_TRUNCATED',
      },
    ],
  );
});
