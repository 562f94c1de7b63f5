/** Answers that cannot be given: guarded sources, full tables. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GATEWAYS, makeSentry, prefix, SCANNER } from './make-sentry.ts';

const policy = (action: string) =>
  `mode: enforce\nrules: [{ name: scan, probes: 1, window: forever, again: probe, action: ${action} }]`;

describe('a guarded address', () => {
  for (const action of ['block', 'command'] as const) {
    for (const address of GATEWAYS) {
      test(`${address} is never answered by ${action}, each time anew`, () => {
        const { see, blocks, marks } = makeSentry(policy(action));
        assert.deepEqual(see({ address }), ['alert scan: guarded']);
        assert.deepEqual(see({ address }), ['alert scan: guarded']);
        assert.deepEqual([...blocks, ...marks], []);
      });
    }
  }

  test('does not save its neighbours in the same IPv6 network', () => {
    const { see } = makeSentry(policy('block'));
    assert.deepEqual(see({ address: '2001:db8::66' }), [
      'alert scan: block',
      'blocked 2001:db8::/64 (scan: 22/tcp)',
    ]);
  });

  test('may be on record, for that keeps nobody out', () => {
    const { see } = makeSentry(policy('record'));
    assert.deepEqual(see({ address: GATEWAYS[0]! }), ['alert scan: record']);
  });
});

test('a full block table: failed, a warning says why, and the next probe tries again', () => {
  const { see, blocks } = makeSentry(policy('block'), { blocks: 1 });
  see({ address: '203.0.113.1' });
  const failed = ['alert scan: failed', 'warning: not blocked: The block table is full: 1 entries'];
  assert.deepEqual(see(), failed);
  assert.deepEqual(see(), failed);
  blocks.lift(prefix('203.0.113.1'));
  assert.deepEqual(see().slice(-2), ['alert scan: block', `blocked ${SCANNER} (scan: 22/tcp)`]);
});

test('a command that will not run: failed, a warning says why, and the next probe tries again', () => {
  let canAnswer = false;
  const { see, marks } = makeSentry(policy('command'), { canAnswer: () => canAnswer });
  const failed = [
    'alert scan: failed',
    `warning: not answered: ${SCANNER}: too many commands wait; its next probe tries again`,
  ];
  assert.deepEqual(see(), failed);
  assert.deepEqual(see(), failed);
  assert.deepEqual([...marks], []);
  canAnswer = true;
  assert.deepEqual(see(), ['alert scan: command']);
});
