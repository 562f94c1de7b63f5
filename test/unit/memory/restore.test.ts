/** What the blocked files hold is in force again after a start: as what, for how long, and what is left alone. */
import assert from 'node:assert/strict';
import { uptime } from 'node:os';
import { describe, test } from 'node:test';
import type { Recorded } from '../../../src/journal/records.ts';
import { ADDRESS, MINUTE_MS, restored } from './restored.ts';

const rules = (...list: string[]) =>
  `mode: enforce\nrules: [${list.map((rule, index) => `{ name: r${index}, probes: 1, ${rule} }`).join()}]`;
const AGAIN = 'hosts of the blocked file that are answered as before: 1';
const BLOCK = rules('block_for: forever');
const HOUR = rules('block_for: 1h');
const beforeBootMs = () => Date.now() - uptime() * 1000 - MINUTE_MS;

describe('an entry', () => {
  const cases: readonly {
    says: string;
    yaml: string;
    entry?: Partial<Recorded>;
    inForce: string[];
    done: string[];
  }[] = [
    {
      says: 'is blocked again',
      yaml: BLOCK,
      inForce: [`block ${ADDRESS} for 22/tcp, no minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'for the rest of its time',
      yaml: HOUR,
      entry: { atMs: Date.now() - 45 * MINUTE_MS },
      inForce: [`block ${ADDRESS} for 22/tcp, 15 minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'whose time is over has ended late',
      yaml: HOUR,
      entry: { atMs: Date.now() - 61 * MINUTE_MS },
      inForce: [],
      done: [`ended block ${ADDRESS}`],
    },
    {
      says: 'whose time is over has ended late, as what it was',
      yaml: rules('action: record, block_for: 1h'),
      entry: { atMs: Date.now() - 61 * MINUTE_MS },
      inForce: [],
      done: [`ended record ${ADDRESS}`],
    },
    {
      says: 'from the future lasts no longer than its rule says',
      yaml: HOUR,
      entry: { atMs: Date.now() + 1e12 },
      inForce: [`block ${ADDRESS} for 22/tcp, 60 minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'of a rule that runs a command is left to it',
      yaml: rules('action: command, block_for: 1h'),
      inForce: [`command ${ADDRESS} for 22/tcp, 60 minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'of before the boot: the command has to run again',
      yaml: rules('action: command, block_for: forever'),
      entry: { atMs: beforeBootMs() },
      inForce: [],
      done: [`removed ${ADDRESS} tcp`],
    },
    {
      says: 'of before the boot: blocked by the data plane, though',
      yaml: BLOCK,
      entry: { atMs: beforeBootMs() },
      inForce: [`block ${ADDRESS} for 22/tcp, no minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'of a rule that only records stays on record',
      yaml: rules('action: record, block_for: forever'),
      inForce: [`record ${ADDRESS} for 22/tcp, no minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    { says: 'that no rule answers is left alone', yaml: rules('action: alert'), inForce: [], done: [] },
    {
      says: 'is left alone while the sentry observes',
      yaml: BLOCK.replace('enforce', 'observe'),
      inForce: [],
      done: [],
    },
    {
      says: 'is for the rule of its protocol',
      yaml: rules('protocol: udp, action: record, block_for: forever', 'protocol: tcp, block_for: 1h'),
      inForce: [`block ${ADDRESS} for 22/tcp, 60 minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'of a file for both protocols is for the one that is answered',
      yaml: rules('action: { tcp: alert, udp: block }, block_for: 1h'),
      entry: { protocols: ['tcp', 'udp'] },
      inForce: [`block ${ADDRESS} for 22/udp, 60 minutes`],
      done: [`resumed ${ADDRESS}`, AGAIN],
    },
    {
      says: 'of IPv6 is its network again',
      yaml: BLOCK,
      entry: { address: '2001:db8:1:2::66' },
      inForce: ['block 2001:db8:1:2::/64 for 22/tcp, no minutes'],
      done: ['resumed 2001:db8:1:2::/64', AGAIN],
    },
    {
      says: 'of a link-local neighbour is that one alone',
      yaml: BLOCK,
      entry: { address: 'fe80::66' },
      inForce: ['block fe80::66 for 22/tcp, no minutes'],
      done: ['resumed fe80::66', AGAIN],
    },
  ];
  for (const { says, yaml, entry = {}, inForce, done } of cases) {
    test(says, () => assert.deepEqual(restored(yaml, [entry]), { inForce, done }));
  }
});

describe('an entry that must not or cannot be put back is told of, and the others are', () => {
  for (const address of ['198.51.100.1', '2001:db8::1']) {
    test(`${address}, which is guarded, has ended`, () => {
      const { inForce, done } = restored(BLOCK, [{ address }, {}]);
      assert.deepEqual(inForce, [`block ${ADDRESS} for 22/tcp, no minutes`]);
      const told = `${address} is in the blocked file and let in: it is a gateway`;
      assert.deepEqual(done.slice(0, 2), [told, `ended block ${address}`]);
    });
  }

  test('a guarded address may be on record', () => {
    const { inForce } = restored(rules('action: record'), [{ address: '198.51.100.1' }]);
    assert.equal(inForce.length, 1);
  });

  test('more blocks than there is room for', () => {
    const { inForce, done } = restored(HOUR, [{}, { address: '198.51.100.67' }], { blocks: 1 });
    assert.equal(inForce.length, 1);
    assert.deepEqual(done.slice(1), [
      '198.51.100.67 is in the blocked file and not blocked: The block table is full: 1 entries',
      AGAIN,
    ]);
  });

  test('more marks than there is room for: the oldest make some', () => {
    const entries = [{}, { address: '198.51.100.67' }];
    const { inForce, done } = restored(rules('action: record, block_for: forever'), entries, { marks: 1 });
    assert.deepEqual(inForce, ['record 198.51.100.67 for 22/tcp, no minutes']);
    assert.ok(done.includes(`forgot ${ADDRESS}`));
  });
});

test('one block for entries of both protocols leaves one of them on record', () => {
  const entries = [{ protocols: ['tcp'] }, { protocols: ['udp'] }] as const;
  assert.deepEqual(restored(BLOCK, [...entries]), {
    inForce: [`block ${ADDRESS} for 22/tcp, no minutes`],
    done: [
      `resumed ${ADDRESS}`,
      `removed ${ADDRESS} udp`,
      'hosts of the blocked file that are answered as before: 2',
    ],
  });
});
