import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { forwardedByIptables } from '../../../src/served/iptables.ts';
import { portTexts } from '../../../src/served/words.ts';
import { own, printed } from './rules.ts';

const read = async (...rules: string[]) => {
  const { ports, unread } = await forwardedByIptables(`*nat\n${rules.join('\n')}\nCOMMIT\n`, own);
  return { ...portTexts(ports), unread: [...unread] };
};

describe('ports that iptables forwards', () => {
  test('docker, Kubernetes and a redirection; not what is for loopback, or for an address of the cluster', async () => {
    const { ports, unread } = await forwardedByIptables(printed('docker-kubernetes.iptables-save'), own);
    assert.deepEqual(portTexts(ports), { tcp: '110,143,8000-8002,8080,30080', udp: '5000-5010', sctp: '' });
    assert.deepEqual(unread, []);
  });

  test('of IPv6', async () => {
    const { ports } = await forwardedByIptables(printed('docker6.ip6tables-save'), own);
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
      'many ports for some packets, as many as RTP has',
      ['-A PREROUTING -i wan0 -p tcp -m tcp --dport 16384:32767 -j DNAT --to-destination 10.0.0.1'],
      '16384-32767',
    ],
    [
      'most ports, for whoever comes',
      [
        '-A PREROUTING -p tcp -m addrtype --dst-type LOCAL -m comment --comment "-i lan0" -m tcp --dport 1024:65535 -j DNAT --to-destination 10.0.0.1 --random',
      ],
      '1024-65535',
    ],
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
    test(says, async () =>
      assert.deepEqual(await read(...rules), { tcp: expected, udp: '', sctp: '', unread: [] }),
    );
  }

  for (const rule of [
    '-A PREROUTING -d 198.51.100.7/32 -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m tcp ! --dport 22 -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m set --match-set KUBE-NODE-PORT-TCP dst -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m tcp --dport http -j REDIRECT',
    '-A PREROUTING -s 10.0.0.0/8 -i lan0 -p tcp -m tcp --dport 1:65535 -j REDIRECT --to-ports 3128',
    '-A PREROUTING ! -i docker0 -p tcp -m tcp --dport 1024:65535 -j DNAT --to-destination 10.0.0.1',
    '-A PREROUTING -p tcp -m mark --mark 0x1 -m tcp --dport 1:65535 -j REDIRECT --to-ports 3128',
    '-A PREROUTING -p tcp -m multiport --dports 1:20000,30000:50000 -m set --match-set lan src -j REDIRECT',
  ]) {
    test(`nobody can tell: ${rule}`, async () =>
      assert.deepEqual(await read(rule), { tcp: '', udp: '', sctp: '', unread: [rule] }));
  }

  test('of whom a chain is for its rules are, too', async () => {
    const wide = '-A X -p tcp -m tcp --dport 1:65535 -j REDIRECT';
    const { tcp, unread } = await read('-A PREROUTING -i lan0 -j X', wide);
    assert.deepEqual([tcp, unread], ['', [wide]]);
  });

  test('more rules than anybody walks through are told of, and end', async () => {
    const many = Array.from({ length: 30 }, (_, level) => [
      `-A X${level} -j X${level + 1}`,
      `-A X${level} -j X${level + 1}`,
    ]).flat();
    const { unread } = await read('-A PREROUTING -p tcp -m tcp --dport 80 -j X0', ...many);
    assert.match(unread.join(), /^more than \d+ rules/);
  });

  test('whatever it is given, it answers', async () => {
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
    await fc.assert(fc.asyncProperty(fc.array(line), async (lines) => void (await read(...lines))));
  });
});
