import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { forwardedByIptables } from '../../../src/served/iptables.ts';
import { portTexts } from '../../../src/served/words.ts';
import { own, printed } from './rules.ts';

const read = (...rules: string[]) => {
  const { ports, unread } = forwardedByIptables(`*nat\n${rules.join('\n')}\nCOMMIT\n`, own);
  return { ...portTexts(ports), unread: [...unread] };
};

describe('ports that iptables forwards', () => {
  test('docker, Kubernetes and a redirection; not what is for loopback, or for an address of the cluster', () => {
    const { ports, unread } = forwardedByIptables(printed('docker-kubernetes.iptables-save'), own);
    assert.deepEqual(portTexts(ports), { tcp: '110,143,8000-8002,8080,30080', udp: '5000-5010', sctp: '' });
    assert.deepEqual(unread, []);
  });

  test('of IPv6', () => {
    const { ports } = forwardedByIptables(printed('docker6.ip6tables-save'), own);
    assert.equal(portTexts(ports).tcp, '8443');
  });

  for (const [says, rules, expected] of [
    [
      'a rule for this host',
      ['-A PREROUTING -d 198.51.100.7/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1'],
      '80',
    ],
    [
      'a rule for its network',
      ['-A PREROUTING -d 198.51.100.0/24 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1'],
      '80',
    ],
    [
      'a rule for another host',
      ['-A PREROUTING -d 198.51.100.8/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1'],
      '',
    ],
    [
      'a rule for all hosts but one',
      ['-A PREROUTING ! -d 10.0.0.9/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1'],
      '80',
    ],
    [
      'what a chain asks and what the caller has asked',
      [
        '-A PREROUTING -p tcp -m tcp --dport 80:90 -j X',
        '-A X -p tcp -m tcp --dport 85:95 -j DNAT --to-destination 10.0.0.1',
      ],
      '85-90',
    ],
    [
      'no port that both ask for',
      [
        '-A PREROUTING -p tcp -m tcp --dport 80 -j X',
        '-A X -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.0.0.1',
      ],
      '',
    ],
    [
      'no protocol that both ask for',
      ['-A PREROUTING -p udp -j X', '-A X -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.0.0.1'],
      '',
    ],
    [
      'a chain that is gone to',
      ['-A PREROUTING -p tcp -m tcp --dport 80 -g X', '-A X -j DNAT --to-destination 10.0.0.1'],
      '80',
    ],
    ['a chain that nobody calls', ['-A X -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.0.0.1'], ''],
    [
      'a protocol by its number',
      ['-A PREROUTING -p 6 -m multiport --dports 1,3:4 -j REDIRECT --to-ports 9'],
      '1,3-4',
    ],
    ['another protocol', ['-A PREROUTING -p udplite -m multiport --dports 1 -j REDIRECT --to-ports 9'], ''],
    [
      'what leaves',
      [
        '-A POSTROUTING -p tcp -m tcp --dport 80 -j MASQUERADE',
        '-A OUTPUT -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1',
      ],
      '',
    ],
    [
      'a comment that looks like a rule',
      [
        '-A PREROUTING -p tcp -m comment --comment "-j DNAT --dport 9" -m tcp --dport 80 -j ACCEPT',
        '-A PREROUTING -p tcp -m comment --comment --dport -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1',
      ],
      '80',
    ],
    [
      'a chain that calls itself',
      ['-A PREROUTING -p tcp -m tcp --dport 80 -j X', '-A X -j X', '-A X -j DNAT --to-destination 10.0.0.1'],
      '80',
    ],
  ] as const) {
    test(says, () => assert.deepEqual(read(...rules), { tcp: expected, udp: '', sctp: '', unread: [] }));
  }

  for (const rule of [
    '-A PREROUTING -d 198.51.100.7/32 -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m tcp ! --dport 22 -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m set --match-set KUBE-NODE-PORT-TCP dst -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m tcp --dport http -j REDIRECT',
  ]) {
    test(`nobody can tell: ${rule}`, () =>
      assert.deepEqual(read(rule), { tcp: '', udp: '', sctp: '', unread: [rule] }));
  }

  test('more rules than anybody walks through are told of, and end', () => {
    const many = Array.from({ length: 30 }, (_, level) => [
      `-A X${level} -j X${level + 1}`,
      `-A X${level} -j X${level + 1}`,
    ]).flat();
    const { unread } = read('-A PREROUTING -p tcp -m tcp --dport 80 -j X0', ...many);
    assert.match(unread.join(), /^more than \d+ rules/);
  });

  test('whatever it is given, it answers', () => {
    const word = fc.constantFrom(
      '-A',
      'PREROUTING',
      'X',
      '-p',
      'tcp',
      '!',
      '-d',
      '--dport',
      '--dports',
      '80',
      '1:2',
      '-j',
      '-g',
      'DNAT',
      '"',
      '\\',
      '--comment',
    );
    const line = fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(fc.property(fc.array(line), (lines) => void read(...lines)));
  });
});
