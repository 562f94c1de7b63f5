import { after, before, describe } from 'node:test';
import { eth, layer3, tagged } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { cases, families } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');

describe('Ethernet', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    [
      { says: 'ARP is not IP', packet: eth({ type: 0x0806 }).bytes(28), outcome: 'PASS_NOT_IP' },
      {
        says: 'an unknown ethertype is not IP',
        packet: eth({ type: 0x88b5 }).bytes(46),
        outcome: 'PASS_NOT_IP',
      },
      { says: 'an 802.3 length is not IP', packet: eth({ type: 46 }).bytes(46), outcome: 'PASS_NOT_IP' },
      { says: 'a bare Ethernet header is not IP', packet: eth({ type: 0x0806 }), outcome: 'PASS_NOT_IP' },
      { says: 'ARP behind a VLAN tag is not IP', packet: eth().vlan(5).bytes(28), outcome: 'PASS_NOT_IP' },
      {
        says: 'IPv4 announced as IPv6 has a bad header',
        packet: eth({ type: 0x86dd }).ip4().tcp().bytes(40),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'IPv6 announced as IPv4 has a bad header',
        packet: eth({ type: 0x0800 }).ip6().tcp(),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: 'a TCP segment right behind Ethernet is not IP',
        packet: eth({ type: 0x0006 }).tcp(),
        outcome: 'PASS_NOT_IP',
      },
    ],
  );

  for (const { family, ip } of families) {
    cases(
      () => sentry,
      [
        { says: `${family}: untagged`, packet: ip(eth()).tcp(), outcome: 'PASS_PROBE', probe: 'TCP SYN' },
        {
          says: `${family}: one VLAN tag`,
          packet: ip(eth().vlan(5)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: a priority tag of VLAN 0`,
          packet: ip(eth().vlan(0xe000)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: an 802.1ad tag alone`,
          packet: ip(eth().qinq(5)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: 802.1ad around 802.1Q`,
          packet: ip(eth().qinq(10).vlan(20)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: 0x9100 around 802.1Q`,
          packet: ip(eth().qinq(10, 0x9100).vlan(20)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: two 802.1Q tags`,
          packet: ip(eth().vlan(10).vlan(20)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: three tags of three kinds`,
          packet: ip(eth().qinq(10).vlan(20).vlan(30)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        // Linux 6.18 was seen to answer what comes behind nine of them.
        {
          says: `${family}: 64 priority tags`,
          packet: ip(tagged(64, 0)).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: 65 tags are one too many`,
          packet: ip(tagged(65)).tcp(),
          outcome: 'PASS_VLAN_DEPTH',
        },
        {
          says: `${family}: so are 300`,
          packet: ip(tagged(300)).tcp(),
          outcome: 'PASS_VLAN_DEPTH',
        },
      ],
    );
  }
});

describe('a device without Ethernet', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { noEthernet: true } });
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
    sentry.block('203.0.113.66');
    sentry.block('2001:db8:66::/64');
  });
  after(() => sentry?.close());

  for (const { family, ip } of families) {
    cases(
      () => sentry,
      [
        {
          says: `${family}: a SYN is a probe`,
          packet: ip(layer3()).tcp(),
          outcome: 'PASS_PROBE',
          probe: 'TCP SYN',
        },
        {
          says: `${family}: a datagram is a probe`,
          packet: ip(layer3()).udp(),
          outcome: 'PASS_PROBE',
          probe: 'UDP UDP',
        },
        {
          says: `${family}: a SYN to another port is not`,
          packet: ip(layer3()).tcp({ dport: 12 }),
          outcome: 'PASS_NOT_MONITORED',
        },
      ],
    );
  }

  cases(
    () => sentry,
    [
      {
        says: 'IPv4: a blocked source',
        packet: layer3().ip4({ src: '203.0.113.66' }).tcp(),
        outcome: 'DROP_BLOCKED',
      },
      {
        says: 'IPv6: a blocked source',
        packet: layer3().ip6({ src: '2001:db8:66::1' }).tcp(),
        outcome: 'DROP_BLOCKED',
      },
      { says: 'version 5 is not IP', packet: layer3().ip4({ version: 5 }).tcp(), outcome: 'PASS_NOT_IP' },
      { says: 'version 0 is not IP', packet: layer3().bytes(new Uint8Array(40)), outcome: 'PASS_NOT_IP' },
      {
        says: 'the first bytes are no Ethernet address: odd ones mean no group',
        packet: layer3().ip4({ ihl: 5 }).tcp(), // 0x45 would be a group address
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
      { says: 'a frame with Ethernet is not IP', packet: eth().ip4().tcp(), outcome: 'PASS_NOT_IP' },
      {
        says: 'IPv4 cut inside its header',
        packet: layer3().ip4().tcp().truncate(19),
        outcome: 'PASS_TRUNCATED',
      },
      {
        says: 'IPv6 cut inside its header',
        packet: layer3().ip6().tcp().truncate(39),
        outcome: 'PASS_TRUNCATED',
      },
    ],
  );
});
