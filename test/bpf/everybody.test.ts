/** A block of everybody, as `block 0.0.0.0/0 --force` makes it: who is guarded or ignored is spared, and nobody else. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

const from = (src: string, dport: number) =>
  (src.includes(':') ? eth().ip6({ src }) : eth().ip4({ src })).tcp({ dport });

for (const [everybody, guarded, ignored, others] of [
  [
    '0.0.0.0/0',
    ['203.0.113.8', '198.18.5.0/24'],
    ['203.0.113.7'],
    ['203.0.113.9', '198.18.6.1', '192.0.2.1'],
  ],
  ['::/0', ['2001:db8:3::8', 'fe80::/10'], ['2001:db8:1::7'], ['2001:db8:3::9', '2001:db8:1::8', '2001::1']],
] as const) {
  describe(`${everybody} is blocked`, { skip: needs('bpf') }, () => {
    const [MONITORED, NOT_MONITORED] = [11, 12];
    const addressIn = (network: string) => network.replace(/\/\d+$/, '');
    const outcome = (src: string, dport = NOT_MONITORED) => sentry.run(from(addressIn(src), dport)).outcome;
    let sentry: SentryObject;
    before(() => {
      sentry = SentryObject.load();
      sentry.monitor('TCP', MONITORED);
      for (const network of guarded) sentry.guard(network);
      for (const network of ignored) sentry.ignore(network);
      sentry.block(everybody);
    });
    after(() => sentry?.close());

    it('what the guarded and the ignored send passes', () => {
      for (const src of [...guarded, ...ignored]) assert.equal(outcome(src), 'PASS_NOT_MONITORED', src);
    });

    it('probes of the guarded are counted, those of the ignored are not', () => {
      for (const src of guarded) assert.equal(outcome(src, MONITORED), 'PASS_PROBE', src);
      for (const src of ignored) assert.equal(outcome(src, MONITORED), 'PASS_IGNORED', src);
    });

    it('what anybody else sends is dropped, before and after', () => {
      for (const src of others) {
        for (const spared of [...guarded, ...ignored]) {
          assert.equal(outcome(src), 'DROP_BLOCKED', src);
          assert.equal(outcome(spared), 'PASS_NOT_MONITORED', spared);
          assert.equal(outcome(src), 'DROP_BLOCKED', src);
        }
      }
    });

    it('who is guarded no longer is dropped like everybody, and spared once guarded again', () => {
      const [src] = guarded;
      sentry.unlist(src);
      assert.equal(outcome(src), 'DROP_BLOCKED');
      sentry.guard(src);
      assert.equal(outcome(src), 'PASS_NOT_MONITORED');
    });

    it('a rule that one probe fulfils does not block the guarded besides', () => {
      sentry.instant('SYN', 7, 60_000_000_000n);
      for (const src of guarded) {
        assert.equal(outcome(src, MONITORED), 'PASS_PROBE');
        assert.equal(sentry.blockOf(addressIn(src)), undefined);
      }
    });
  });
}
