/** Sources that hold a TCP connection: rules block none of them, and that is all. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

const V4 = '203.0.113.66';
const MINUTE_NS = 60_000_000_000n;
const syn4 = (dport = 11, src = V4) => eth().ip4({ src }).tcp({ dport });
const syn6 = (src: string) => eth().ip6({ src }).tcp({ dport: 11 });

describe('a source that holds a connection', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  beforeEach(() => {
    sentry?.close();
    sentry = SentryObject.load({ tunables: { ruleCount: 1 } });
    sentry.monitor('TCP', [11, 14]);
    sentry.connect(V4);
    sentry.connect('2001:db8:66::/64');
  });
  after(() => sentry?.close());

  it('is counted and told of, and not blocked by a rule that one probe fulfils', () => {
    sentry.instant('SYN', 7, MINUTE_NS);
    for (const packet of [syn4(), syn6('2001:db8:66::1'), syn6('2001:db8:66::2')]) {
      const run = sentry.run(packet);
      assert.equal(run.outcome, 'PASS_PROBE');
      assert.deepEqual(run.probes, { 'TCP SYN': 1 });
      assert.ok(run.events.every(({ blockedNs }) => blockedNs === 0n));
    }
    assert.equal(sentry.blockOf(V4), undefined);
    assert.equal(sentry.blockOf('2001:db8:66::/64'), undefined);
  });

  it('is not blocked by a rule of several probes', () => {
    sentry.rule({ ports: 3, durationNs: MINUTE_NS });
    for (const port of [11, 12, 13, 14]) assert.equal(sentry.run(syn4(port)).outcome, 'PASS_PROBE');
    assert.equal(sentry.blockOf(V4), undefined);
  });

  it('saves nobody else', () => {
    sentry.instant('SYN', 7, MINUTE_NS);
    for (const [packet, source] of [
      [syn4(11, '203.0.113.67'), '203.0.113.67'],
      [syn6('2001:db8:67::1'), '2001:db8:67::/64'],
    ] as const) {
      sentry.run(packet);
      assert.notEqual(sentry.blockOf(source), undefined, source);
    }
  });

  it('is blocked by the next probe once the connection has ended', () => {
    sentry.instant('SYN', 7, MINUTE_NS);
    sentry.run(syn4());
    sentry.disconnect(V4);
    sentry.run(syn4());
    assert.equal(sentry.run(syn4()).outcome, 'DROP_BLOCKED');
  });

  it('is dropped when an operator has blocked it, or a list has it', async () => {
    sentry.block(V4);
    assert.equal(sentry.run(syn4()).outcome, 'DROP_BLOCKED');
    sentry.liftAll();
    await sentry.setLists([V4]);
    assert.equal(sentry.run(syn4()).outcome, 'DROP_LISTED');
  });
});
