import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eth, type Packet } from '../../../scripts/packets/packet.ts';
import { addressText } from '../../../src/replay/address.ts';
import { readPacket } from '../../../src/replay/packet.ts';
import { Survey } from '../../../src/replay/survey.ts';
import { dialogue } from '../../support/dialogue.ts';

function guess(text: string, more: readonly Packet[] = []): string[] | undefined {
  const survey = new Survey();
  const frames = [...dialogue(text).map(({ frame }) => frame), ...more.map((packet) => packet.build())];
  for (const frame of frames) survey.look(readPacket(frame)!);
  return survey.host?.map(addressText);
}

const cases: readonly { says: string; packets: string; host?: string[] }[] = [
  {
    says: 'whom others call is the host',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S
      2 198.51.100.1:23 > 198.51.100.9:40000 RA`,
    host: ['198.51.100.1'],
  },
  {
    says: 'of both families',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 udp
      2 2001:db8::8:40000 > 2001:db8::1:22 S
      3 2001:db8::9:40000 > 2001:db8::1:22 S`,
    host: ['198.51.100.1', '2001:db8::1'],
  },
  {
    says: 'who calls all others is rather a scanner',
    packets: `
      0 198.51.100.1:40000 > 198.51.100.8:22 S
      1 198.51.100.1:40000 > 198.51.100.9:22 S
      2 198.51.100.9:22 > 198.51.100.1:40000 SA`,
  },
  {
    says: 'even if two have called him',
    packets: `
      0 198.51.100.1:40000 > 198.51.100.8:22 S
      1 198.51.100.1:40000 > 198.51.100.9:22 S
      2 198.51.100.6:40000 > 198.51.100.1:22 S
      3 198.51.100.7:40000 > 198.51.100.1:22 S`,
  },
  {
    says: 'who answers whom nobody saw calling is the victim of a forger',
    packets: `
      0 198.51.100.1:80 > 198.51.100.8:22 SA
      1 198.51.100.1:80 > 198.51.100.9:22 SA`,
  },
  {
    says: 'of two nobody can tell',
    packets: `
      0 198.51.100.9:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S`,
  },
  {
    says: 'nor where several are called',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S
      2 198.51.100.9:40000 > 198.51.100.2:23 S`,
  },
  {
    says: 'nor in one family alone',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S
      2 2001:db8::1:40000 > 2001:db8::2:23 S`,
  },
  { says: 'nor of nothing', packets: '' },
];

describe('whose capture it is', () => {
  for (const { says, packets, host } of cases) test(says, () => assert.deepEqual(guess(packets), host));

  const CALLED = `
    0 198.51.100.8:40000 > 198.51.100.1:22 S
    1 198.51.100.9:40000 > 198.51.100.1:23 S`;
  const toAll = eth({ dst: 'ff:ff:ff:ff:ff:ff' });
  const neighbours6 = eth().ip6({ src: '2001:db8::5', dst: '2001:db8::6' });
  for (const [says, packet] of [
    ['multicast', eth().ip6({ src: '2001:db8::5', dst: 'ff02::fb' }).udp({ sport: 5353, dport: 5353 })],
    ['a broadcast', toAll.ip4({ src: '198.51.100.5', dst: '255.255.255.255' }).udp({ dport: 67 })],
    [
      'a broadcast to the network',
      toAll.ip4({ src: '198.51.100.5', dst: '198.51.100.255' }).udp({ dport: 137 }),
    ],
    ['link-local IPv4', eth().ip4({ src: '169.254.1.5', dst: '169.254.1.6' }).tcp({ dport: 22, flags: 'S' })],
    ['link-local IPv6', eth().ip6({ src: 'fe80::5', dst: 'febf::6' }).tcp({ dport: 22, flags: 'S' })],
    ['an answer to a router', eth().ip6({ src: '2001:db8::5', dst: 'fe80::1' }).icmp6({ type: 129 })],
    ['neighbour discovery', neighbours6.icmp6({ type: 135 })],
    ['a report to a listener', neighbours6.hopByHop().icmp6({ type: 143 })],
  ] as const)
    test(`${says} says nothing of it`, () => assert.deepEqual(guess(CALLED, [packet]), ['198.51.100.1']));

  for (const [says, packet] of [
    ['a ping among others of IPv6', neighbours6.icmp6({ type: 128 })],
    ['a ping among others of IPv4', eth().ip4({ src: '198.51.100.5', dst: '198.51.100.6' }).icmp()],
  ] as const)
    test(`${says} does`, () => assert.equal(guess(CALLED, [packet]), undefined));
});
