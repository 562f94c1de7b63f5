import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { cases, families } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

describe('a policy that swallows probes', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { swallowProbes: true } });
    sentry.monitor('TCP', [1, 65_535]);
    sentry.monitor('UDP', [1, 65_535]);
    sentry.monitor('SCTP', 2905);
    sentry.monitor('ICMP', 8);
    sentry.monitor('IP', 222);
    sentry.ignore('203.0.113.7');
    sentry.guard('203.0.113.8');
    sentry.block('203.0.113.66');
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    [
      {
        says: 'a ping passes',
        packet: eth().ip4().icmp(),
        outcome: 'PASS_PROBE',
        probe: 'ICMP PING',
        port: 8,
      },
      {
        says: 'SCTP passes',
        packet: eth().ip4().sctp({ dport: 2905 }),
        outcome: 'PASS_PROBE',
        probe: 'SCTP SCTP',
        port: 2905,
      },
      {
        says: 'another protocol passes',
        packet: eth().ip4({ protocol: 222 }),
        outcome: 'PASS_PROBE',
        probe: 'IP PROTOCOL',
        port: 222,
      },
    ],
  );

  cases(
    () => sentry,
    families.flatMap(({ family, ip }) => [
      {
        says: `${family}: a SYN is dropped`,
        packet: ip(eth()).tcp(),
        outcome: 'DROP_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: `${family}: a FIN is dropped`,
        packet: ip(eth()).tcp({ flags: 'F' }),
        outcome: 'DROP_PROBE',
        probe: 'TCP FIN',
      },
      {
        says: `${family}: a datagram is dropped`,
        packet: ip(eth()).udp(),
        outcome: 'DROP_PROBE',
        probe: 'UDP UDP',
      },
      { says: `${family}: an answer passes`, packet: ip(eth()).tcp({ flags: 'SA' }), outcome: 'PASS_REPLY' },
      {
        says: `${family}: what may be a late answer passes`,
        packet: ip(eth()).tcp({ flags: 'A', dport: 40_000 }),
        outcome: 'PASS_EPHEMERAL',
      },
      {
        says: `${family}: port 0, which nobody watches, passes`,
        packet: ip(eth()).tcp({ dport: 0 }),
        outcome: 'PASS_NOT_MONITORED',
      },
      {
        says: `${family}: something without ports passes`,
        packet: ip(eth()).sctp(),
        outcome: 'PASS_OTHER_PROTOCOL',
      },
      {
        says: `${family}: a cut packet passes`,
        packet: ip(eth())
          .tcp()
          .truncate(60 - 8),
        outcome: 'PASS_TRUNCATED',
      },
    ]),
  );
  cases(
    () => sentry,
    [
      {
        says: 'a tiny fragment is dropped',
        packet: eth().ip4({ moreFragments: true }).tcp().keep(8),
        outcome: 'DROP_PROBE',
        probe: 'TCP FRAGMENT',
      },
      {
        says: 'a later fragment passes',
        packet: eth().ip4({ fragOffset: 1 }).bytes(8),
        outcome: 'PASS_FRAGMENT',
      },
      {
        says: 'an ignored source passes',
        packet: eth().ip4({ src: '203.0.113.7' }).tcp(),
        outcome: 'PASS_IGNORED',
      },
      {
        says: 'the probe of a guarded source is dropped, its source is not blocked',
        packet: eth().ip4({ src: '203.0.113.8' }).tcp(),
        outcome: 'DROP_PROBE',
        probe: 'TCP SYN',
      },
      {
        says: 'a blocked source is dropped as blocked',
        packet: eth().ip4({ src: '203.0.113.66' }).tcp(),
        outcome: 'DROP_BLOCKED',
      },
      {
        says: 'multicast passes',
        packet: eth().ip4({ dst: '224.0.0.1' }).udp(),
        outcome: 'PASS_NOT_UNICAST',
      },
      { says: 'ARP passes', packet: eth({ type: 0x0806 }).bytes(28), outcome: 'PASS_NOT_IP' },
    ],
  );

  it('a port in use passes', async (context) => {
    const server = createServer();
    context.after(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const dport = (server.address() as AddressInfo).port;
    const run = sentry.run(eth().ip4({ dst: '127.0.0.1' }).tcp({ dport }));
    assert.equal(run.outcome, 'PASS_IN_USE');
    assert.equal(run.verdict, 'PASS');
  });
});
