import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressText, prefixOf } from '../../../src/replay/address.ts';
import { readPacket } from '../../../src/replay/packet.ts';
import { Protected } from '../../../src/replay/protected.ts';
import { Sockets } from '../../../src/replay/sockets.ts';
import { Survey } from '../../../src/replay/survey.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import { dialogue } from '../../support/dialogue.ts';

const HOST = '198.51.100.1';
const host = new Protected([parsePrefix(HOST)!]);

/** For each packet to the host: whether a socket there is meant by it. And the host's peers in the end. */
function live(text: string) {
  const packets = dialogue(text).map(({ at, frame }) => ({ atNs: at * 1e9, packet: readPacket(frame)! }));
  const survey = new Survey();
  for (const { packet } of packets) survey.look(packet);
  const sockets = new Sockets(survey.served, survey.underWay(host));
  const meant: boolean[] = [];
  for (const { atNs, packet } of packets) {
    if (host.has(packet.source)) sockets.sent(packet, atNs);
    if (!host.has(packet.destination)) continue;
    meant.push(sockets.isMeant(packet, atNs));
    sockets.received(packet, atNs);
  }
  return {
    meant,
    peers: [...sockets.peers.addresses()].map(addressText),
    proven: [...sockets.proven].map(addressText),
  };
}

const cases: readonly {
  says: string;
  packets: string;
  meant: readonly boolean[];
  peers?: string[];
  proven?: string[];
}[] = [
  {
    says: 'a port that answers with SYN-ACK is served, from the beginning on',
    packets: `
      0 198.51.100.9:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40001 > 198.51.100.1:22 S
      2 198.51.100.1:22 > 198.51.100.9:40001 SA
      3 198.51.100.7:50000 > 198.51.100.1:22 A
      4 198.51.100.7:50000 > 198.51.100.1:23 S`,
    meant: [true, true, true, false],
  },
  {
    says: 'a port that answers with RST is not',
    packets: `
      0 198.51.100.9:40000 > 198.51.100.1:23 S
      1 198.51.100.1:23 > 198.51.100.9:40000 RA
      2 198.51.100.9:40000 > 198.51.100.1:23 S`,
    meant: [false, false],
  },
  {
    says: 'a call that goes on where its SYN ended was answered, although nobody saw the answer',
    packets: `
      0 198.51.100.9:40000 > 198.51.100.1:22 S seq=4294967295
      1 198.51.100.9:40000 > 198.51.100.1:22 A seq=0 ack=77
      2 198.51.100.8:40000 > 198.51.100.1:23 S seq=5
      3 198.51.100.8:40000 > 198.51.100.1:23 A seq=9 ack=77`,
    meant: [true, true, false, false],
  },
  {
    says: 'an answer to a connection of the host’s own is meant for it; another peer, or port, is not',
    packets: `
      0 198.51.100.1:1234 > 203.0.113.5:443 S
      1 203.0.113.5:443 > 198.51.100.1:1234 SA
      2 203.0.113.6:443 > 198.51.100.1:1234 A
      3 203.0.113.5:444 > 198.51.100.1:1234 A`,
    meant: [true, false, false],
    peers: ['203.0.113.5'],
  },
  {
    says: 'a SYN that nobody answers is given up after two minutes',
    packets: `
      0 198.51.100.1:1234 > 203.0.113.5:443 S
      126 203.0.113.5:443 > 198.51.100.1:1234 A
      128 203.0.113.5:443 > 198.51.100.1:1234 A`,
    meant: [true, false],
  },
  {
    says: 'an idle connection lasts',
    packets: `
      0 198.51.100.1:1234 > 203.0.113.5:443 S
      1 203.0.113.5:443 > 198.51.100.1:1234 SA
      90000 203.0.113.5:443 > 198.51.100.1:1234 A`,
    meant: [true, true],
    peers: ['203.0.113.5'],
  },
  {
    says: 'after both have ended, late packets are known for a minute',
    packets: `
      0 198.51.100.1:1234 > 203.0.113.5:443 S
      1 203.0.113.5:443 > 198.51.100.1:1234 SA
      2 203.0.113.5:443 > 198.51.100.1:1234 FA
      3 198.51.100.1:1234 > 203.0.113.5:443 FA
      62 203.0.113.5:443 > 198.51.100.1:1234 A
      64 203.0.113.5:443 > 198.51.100.1:1234 A`,
    meant: [true, true, true, false],
  },
  {
    says: 'and after a reset likewise',
    packets: `
      0 198.51.100.1:1234 > 203.0.113.5:443 S
      1 203.0.113.5:443 > 198.51.100.1:1234 SA
      2 198.51.100.1:1234 > 203.0.113.5:443 R
      61 203.0.113.5:443 > 198.51.100.1:1234 A
      63 203.0.113.5:443 > 198.51.100.1:1234 A`,
    meant: [true, true, false],
  },
  {
    says: 'a connection that was under way is one, from the first packet on',
    packets: `
      0 203.0.113.5:443 > 198.51.100.1:1234 PA
      1 198.51.100.1:1234 > 203.0.113.5:443 A
      2 203.0.113.5:443 > 198.51.100.1:1234 PA`,
    meant: [true, true],
    peers: ['203.0.113.5'],
  },
  {
    says: 'an ACK that is answered by a reset was no connection',
    packets: `
      0 203.0.113.5:443 > 198.51.100.1:1234 A
      1 198.51.100.1:1234 > 203.0.113.5:443 R
      2 203.0.113.5:443 > 198.51.100.1:1235 none`,
    meant: [false, false],
  },
  {
    says: 'who completes a handshake is proven, and a peer until one of both ends it',
    packets: `
      0 203.0.113.5:40000 > 198.51.100.1:22 S
      1 198.51.100.1:22 > 203.0.113.5:40000 SA seq=999
      2 203.0.113.5:40000 > 198.51.100.1:22 A ack=1000
      3 203.0.113.6:40000 > 198.51.100.1:22 S
      4 198.51.100.1:22 > 203.0.113.6:40000 SA seq=999
      5 203.0.113.6:40000 > 198.51.100.1:22 A ack=1000
      6 203.0.113.6:40000 > 198.51.100.1:22 FA ack=1000`,
    meant: [true, true, true, true, true],
    peers: ['203.0.113.5'],
    proven: ['203.0.113.5', '203.0.113.6'],
  },
  {
    says: 'who acknowledges what nobody said is not',
    packets: `
      0 203.0.113.5:40000 > 198.51.100.1:22 S
      1 198.51.100.1:22 > 203.0.113.5:40000 SA seq=999
      2 203.0.113.5:40000 > 198.51.100.1:22 A ack=999`,
    meant: [true, true],
  },
  {
    says: 'datagrams: who answers serves the port, who asks waits half a minute, who talks three',
    packets: `
      0 203.0.113.5:40000 > 198.51.100.1:5353 udp
      1 198.51.100.1:5353 > 203.0.113.5:40000 udp
      2 198.51.100.1:2000 > 203.0.113.5:53 udp
      31 203.0.113.5:53 > 198.51.100.1:2000 udp
      210 203.0.113.7:53 > 198.51.100.1:2000 udp
      391 203.0.113.5:53 > 198.51.100.1:2000 udp
      392 198.51.100.1:2001 > 203.0.113.5:53 udp
      423 203.0.113.5:53 > 198.51.100.1:2001 udp
      424 203.0.113.5:40000 > 198.51.100.1:69 udp`,
    meant: [true, true, true, false, false, false],
  },
  {
    says: 'a service that sends by itself is one',
    packets: `
      0 198.51.100.1:137 > 198.51.100.255:137 udp
      9000 203.0.113.5:137 > 198.51.100.1:137 udp`,
    meant: [true],
  },
  {
    says: 'what is neither is meant for nobody',
    packets: '0 203.0.113.5:0 > 198.51.100.1:0 icmp',
    meant: [false],
  },
];

describe('sockets, as a capture tells of them', () => {
  for (const { says, packets, meant, peers = [], proven = [] } of cases) {
    test(says, () => assert.deepEqual(live(packets), { meant, peers, proven }));
  }
});

test('the key of an address is the address', () => {
  for (const text of ['0.0.0.0', '198.51.100.9', '255.255.255.255'])
    assert.deepEqual(prefixOf(Buffer.from(text.split('.').map(Number)).readUInt32BE()), parsePrefix(text));
});
