/** What people and the history are told of several sources together. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { historyRows } from '../../../src/memory/history-row.ts';
import { levelOf, type SentryEvent, wordsOf } from '../../../src/report/event.ts';
import { sourcesText } from '../../../src/report/sources-text.ts';

const words = (event: SentryEvent) => wordsOf(event, String);

const distributed = {
  event: 'distributed',
  rule: 'neighbours',
  network: '203.0.113.0/24',
  sources: ['203.0.113.4', '203.0.113.5', '203.0.113.9'],
  destination: '198.51.100.1',
  probes: 5,
  ports: '22-26/tcp',
  hosts: 1,
  kinds: ['syn'],
  action: 'alert',
  blocked: 0,
  guarded: 0,
} as const satisfies SentryEvent;
const decoy = {
  event: 'decoy',
  spared: true,
  rule: 'decoy',
  sources: ['203.0.113.4', '192.0.2.1'],
  destination: '198.51.100.1',
  probes: 7,
  ports: '22/tcp',
  kinds: ['syn'],
} as const satisfies SentryEvent;
const campaign = {
  event: 'campaign',
  rule: 'campaign',
  sources: ['203.0.113.4'],
  sourceCount: 70,
  portCount: 90,
  usualPortCount: 12,
  rarePortCount: 40,
  usualRarePortCount: 3,
  networks: [{ network: '203.0.113.0/24', ports: 4, sources: 2 }],
} as const satisfies SentryEvent;

describe('a line for people', () => {
  for (const [says, event, expected] of [
    [
      'names the network, its sources and their ports',
      distributed,
      'alert neighbours: 3 sources of 203.0.113.0/24 (203.0.113.4-5,9) sent probes (syn) to 198.51.100.1, together to ports 22-26/tcp',
    ],
    [
      'says how many were blocked, and how many spared',
      { ...distributed, action: 'block', blocked: 2, guarded: 1 },
      'alert neighbours: 3 sources of 203.0.113.0/24 (203.0.113.4-5,9) sent probes (syn) to 198.51.100.1, together to ports 22-26/tcp (blocked: 2, guarded: 1)',
    ],
    [
      'names all of a set',
      decoy,
      'alert decoy: 2 sources sent the same 7 probes (syn) to 198.51.100.1, ports 22/tcp: one of them scans, the others are forged, and none is blocked for that: 203.0.113.4, 192.0.2.1',
    ],
    [
      'says what is usual, and who is busy',
      campaign,
      'alert campaign: 90 ports were tried within an hour by sources that no rule has caught, and 12 would be usual; by how rare they are, 40 and 3. Sources that stand out: 70; the busiest networks: 203.0.113.0/24 (4 by 2)',
    ],
  ] as const) {
    test(says, () => {
      assert.equal(words(event), expected);
      assert.equal(levelOf(event), 'warn');
    });
  }
});

describe('a list of sources', () => {
  for (const [says, sources, expected] of [
    [
      'puts neighbours together',
      ['192.0.2.9', '192.0.2.1', '192.0.2.2', '198.51.100.1'],
      '192.0.2.1-2,9, 198.51.100.1',
    ],
    [
      'leaves networks of IPv6 as they are',
      ['2001:db8::/64', '2001:db8:0:1::/64'],
      '2001:db8::/64, 2001:db8:0:1::/64',
    ],
  ] as const) {
    test(says, () => assert.equal(sourcesText(sources), expected));
  }

  test('is never long, and says how many it leaves out', () => {
    const sources = Array.from({ length: 256 }, (_, index) => `${index}.0.2.1`);
    const text = sourcesText(sources);
    assert.ok(text.length < 230, text);
    const named = text.split(', ').length;
    assert.ok(text.endsWith(` and ${256 - named} more`), text);
  });
});

test('the history has the network of a distributed scan, each of a set, and no campaign', () => {
  assert.deepEqual(
    [distributed, decoy, campaign].map((event) =>
      historyRows(event, 5).map(({ source, rule }) => [source, rule]),
    ),
    [
      [['203.0.113.0/24', 'neighbours']],
      [
        ['203.0.113.4', 'decoy'],
        ['192.0.2.1', 'decoy'],
      ],
      [],
    ],
  );
});
