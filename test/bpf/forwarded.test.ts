import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { type Case, cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

/**
 * Whether a packet would be forwarded depends on routes, so this file runs itself once more in a network namespace of
 * its own: a router with one network, and a blackhole.
 */
const INSIDE = 'XS_TEST_INSIDE_NETNS';

if (process.env[INSIDE] === undefined) {
  describe('packets to others', { skip: needs('bpf', 'netns', 'root') }, () => {
    it('are let be on a router (in a network namespace)', () => {
      const { NODE_TEST_CONTEXT: _, ...env } = process.env; // the inner run reports as one of its own
      const args = ['--net', process.execPath, '--test-reporter=spec', fileURLToPath(import.meta.url)];
      const run = spawnSync('unshare', args, { env: { ...env, [INSIDE]: '1' }, encoding: 'utf8' });
      assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    });
  });
} else {
  before(() => {
    for (const command of [
      'link set lo up',
      'link add lan type veth peer name wan',
      'link set lan up',
      'link set wan up',
      'addr add 198.51.100.1/24 dev lan',
      'addr add 2001:db8:100::1/64 dev lan nodad',
      'route add blackhole 203.0.113.0/24',
      'route add blackhole 2001:db8:dead::/48',
    ]) {
      execFileSync('ip', command.split(' '));
    }
  });

  const forwarding = (on: boolean) => {
    for (const family of ['ipv4', 'ipv6'])
      writeFileSync(`/proc/sys/net/${family}/conf/all/forwarding`, on ? '1' : '0');
  };
  const to = (dst: string, flags = 'S') =>
    (dst.includes(':') ? eth().ip6({ dst }) : eth().ip4({ src: '192.0.2.7', dst })).tcp({ flags });
  const ownAddresses = ['198.51.100.1', '2001:db8:100::1'];
  const neighbours = ['198.51.100.9', '2001:db8:100::9'];
  const refused = ['203.0.113.9', '2001:db8:dead::9'];
  const nowhere = ['100.64.0.1', '2001:db8:7777::1'];

  const probe = (dst: string): Case => ({
    says: `${dst}: a probe`,
    packet: to(dst),
    outcome: 'PASS_PROBE',
    probe: 'TCP SYN',
  });

  for (const { says, routes, skipForwarded, let: letBe } of [
    { says: 'on a router', routes: true, skipForwarded: true, let: neighbours },
    { says: 'on a host that does not forward', routes: false, skipForwarded: true, let: [] },
    { says: 'on a router that is told to watch them', routes: true, skipForwarded: false, let: [] },
  ]) {
    describe(says, () => {
      let sentry: SentryObject;
      before(() => {
        forwarding(routes);
        sentry = SentryObject.load({ tunables: { skipForwarded } });
        sentry.monitor('TCP', 11);
        sentry.instant('FIN', 1, 0n);
      });
      after(() => sentry?.close());

      cases(
        () => sentry,
        [...ownAddresses, ...neighbours, ...refused, ...nowhere].map((dst): Case => {
          if (!letBe.includes(dst)) return probe(dst);
          return { says: `${dst}: goes to another`, packet: to(dst), outcome: 'PASS_FORWARDED' };
        }),
      );

      if (letBe.length === 0) return;
      it('what is known of one address or port says nothing of another: not even of port 0', () => {
        sentry.monitor('TCP', 0);
        sentry.forgetSources();
        const at = (dst: string, dport: number) =>
          (dst.includes(':') ? eth().ip6({ dst }) : eth().ip4({ src: '192.0.2.7', dst })).tcp({ dport });
        for (const dst of letBe) {
          for (const dport of [0, 11, 0, 11])
            assert.equal(sentry.run(at(dst, dport)).outcome, 'PASS_FORWARDED', `${dst} port ${dport}`);
        }
        for (const dst of ownAddresses) {
          for (const dport of [0, 11, 0, 11])
            assert.equal(sentry.run(at(dst, dport)).outcome, 'PASS_PROBE', `${dst} port ${dport}`);
        }
        sentry.unmonitor('TCP', 0);
        sentry.forgetSources();
      });
      it('a source for which the routing table has another answer says nothing of the others’', () => {
        sentry.forgetSources();
        const from = (src: string) => eth().ip6({ src, dst: '2001:db8:100::9' }).tcp({ dport: 11 });
        // Whoever sends from a link-local address is never routed on (RFC 4291 section 2.5.6).
        assert.equal(sentry.run(from('fe80::1')).outcome, 'PASS_PROBE');
        assert.equal(sentry.run(from('2001:db8:200::1')).outcome, 'PASS_FORWARDED');
      });
      it('nobody is blocked for what goes to another, nor remembered', () => {
        sentry.forgetSources();
        for (const dst of letBe) assert.equal(sentry.run(to(dst, 'F')).outcome, 'PASS_FORWARDED');
        for (const dst of letBe) assert.equal(sentry.run(to(dst)).outcome, 'PASS_FORWARDED');
        assert.equal(sentry.sourceCount(), 0);
      });
    });
  }
}
