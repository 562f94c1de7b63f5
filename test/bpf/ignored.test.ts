import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { eventFlag } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import { cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

describe('sources on the ignore list', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
    for (const prefix of ['203.0.113.7', '198.18.0.0/15', '2001:db8:1::/48', '2001:db8:2::7'])
      sentry.ignore(prefix);
    for (const prefix of ['203.0.113.8', '198.18.5.0/24', '2001:db8:3::/48']) sentry.guard(prefix);
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    [
      ...['203.0.113.7', '198.18.0.1', '198.19.255.255'].map((src) => ({
        says: `${src} is ignored: no probe, no event`,
        packet: eth().ip4({ src }).tcp(),
        outcome: 'PASS_IGNORED' as const,
      })),
      ...['2001:db8:1::1', '2001:db8:1:ffff::', '2001:db8:2::7'].map((src) => ({
        says: `${src} is ignored: no probe, no event`,
        packet: eth().ip6({ src }).udp(),
        outcome: 'PASS_IGNORED' as const,
      })),
      ...['203.0.113.8', '198.18.5.1', '203.0.113.6', '198.20.0.0'].map((src) => ({
        says: `${src} is guarded or not listed: a probe`,
        packet: eth().ip4({ src }).tcp(),
        outcome: 'PASS_PROBE' as const,
        probe: 'TCP SYN',
      })),
      ...['2001:db8:3::1', '2001:db8:2::8', '2001:db8::1'].map((src) => ({
        says: `${src} is guarded or not listed: a probe`,
        packet: eth().ip6({ src }).udp(),
        outcome: 'PASS_PROBE' as const,
        probe: 'UDP UDP',
      })),
      {
        says: 'an ignored source that probes nothing is counted for what it does',
        packet: eth().ip4({ src: '203.0.113.7' }).tcp({ dport: 12 }),
        outcome: 'PASS_NOT_MONITORED',
      },
      {
        says: 'a tiny fragment of an ignored source',
        packet: eth().ip4({ src: '203.0.113.7', moreFragments: true }).tcp().keep(8),
        outcome: 'PASS_IGNORED',
      },
    ],
  );

  it('is told of where that is wanted, but neither counted nor remembered', () => {
    using telling = SentryObject.load({ tunables: { tellIgnored: true } });
    telling.monitor('TCP', 11);
    telling.ignore('203.0.113.7');
    for (const source of ['203.0.113.7', '203.0.113.8']) {
      const run = telling.run(eth().ip4({ src: source }).tcp());
      const isIgnored = source === '203.0.113.7';
      assert.equal(run.outcome, isIgnored ? 'PASS_IGNORED' : 'PASS_PROBE');
      assert.deepEqual(run.probes, isIgnored ? {} : { 'TCP SYN': 1 });
      assert.deepEqual(
        run.events.map((event) => [event.saddr, event.flags]),
        [[source, isIgnored ? eventFlag.EVENT_IGNORED : 0]],
      );
    }
    assert.equal(telling.source('203.0.113.7'), undefined);
  });

  it('an ignored source is not remembered, a guarded one is', () => {
    sentry.run(eth().ip4({ src: '203.0.113.7' }).tcp());
    sentry.run(eth().ip4({ src: '203.0.113.8' }).tcp());
    assert.equal(sentry.source('203.0.113.7'), undefined);
    assert.equal(sentry.source('203.0.113.8')?.probes, 1n);
  });
});
