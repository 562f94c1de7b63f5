/** Configurations that people really run: each is answered without a warning, and does what it did. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyToJson } from '../../../../src/config/describe.ts';
import { loadPolicyWithNotes } from '../../../../src/config/load.ts';
import { needs } from '../../../support/capability.ts';

const fixture = (name: string): string =>
  new URL(`../../../../../shared/fixtures/${name}.portsentry.conf`, import.meta.url).pathname;
const load = (name: string, modes?: { tcp: 'atcp' | 'stcp'; udp: 'audp' | 'sudp' }) => {
  const { policy, notes } = loadPolicyWithNotes(fixture(name), {
    ...(modes && { modes }),
    defaultsPath: '/nonexistent/default',
  });
  return { policy: policyToJson(policy), warnings: notes.filter(({ kind }) => kind === 'warning') };
};

const FILES = {
  history: '/var/lib/portsentry/portsentry.history',
  blocked: '/var/lib/portsentry/portsentry.blocked',
  resolve_host: false,
};

describe('configurations of guides', { skip: needs('shared') }, () => {
  for (const [name, except, command] of [
    [
      'french-wiki',
      '0-112,114-138,140-1023',
      "/sbin/iptables -I INPUT -s $TARGET$ -j DROP && /sbin/iptables -I INPUT -s $TARGET$ -m limit --limit 3/minute --limit-burst 5 -j LOG --log-level debug --log-prefix 'Portsentry: dropping: '",
    ],
    ['spanish-guide', '0-112,114-138,140-1023', '/root/portsentry.sh $TARGET$'],
  ] as const) {
    test(`${name}: advanced modes, everything at 1`, () => {
      const { policy, warnings } = load(name);
      assert.deepEqual(warnings, []);
      assert.equal(policy.mode, 'enforce');
      assert.deepEqual(policy.monitor, {
        tcp: except,
        udp: '0-66,68-136,139-519,521-1023',
        served: 'nothing',
        late_answers: 'count',
        sctp: '',
        protocols: '',
        ping: false,
      });
      assert.deepEqual(
        policy.rules.map((rule) => [
          rule.name,
          rule.probes,
          rule.window_seconds,
          rule.block_for_seconds,
          rule.action.tcp,
        ]),
        [
          ['portsentry-tcp', 1, null, null, 'block'],
          ['portsentry-udp', 1, null, null, 'block'],
        ],
      );
      assert.deepEqual(policy.responses, {
        hosts_deny: { entry: 'ALL: $TARGET$ : DENY', file: '/etc/hosts.deny' },
        route: { run: '/sbin/route add -host $TARGET$ reject', undo: null },
        command: { run: command, undo: null, first: false },
        concurrency: 4,
        timeout_seconds: 600,
      });
      assert.deepEqual(policy.portsentry, { style: '1.2', tcp_mode: 'atcp', udp_mode: 'audp', ...FILES });
    });

    test(`${name} in the modes stcp and sudp: its lists`, () => {
      const { policy, warnings } = load(name, { tcp: 'stcp', udp: 'sudp' });
      assert.deepEqual(warnings, []);
      assert.match(policy.monitor.tcp, /^1,11,15,79,.*,54320$/);
      assert.equal(
        policy.monitor.udp,
        '1,7,9,69,161-162,513,635,640-641,700,31335,31337,32770-32774,34555,37444,54321',
      );
    });
  }
});
