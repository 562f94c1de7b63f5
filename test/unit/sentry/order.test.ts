/** In which order things are told, and what an alert says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSentry, prefix, SCANNER, sightingOf } from './make-sentry.ts';

const ONE = 'window: forever, again: probe';

test('it blocks first and talks afterwards; consequences come after the alerts that led to them', () => {
  const wasBlocked: boolean[] = [];
  const { see, sentry, told, blocks } = makeSentry(
    `mode: enforce\nrules: [{ name: a, probes: 1, ${ONE} }, { name: b, probes: 1, ${ONE}, action: alert }]`,
    { onTell: () => wasBlocked.push(blocks.has(prefix(SCANNER))) },
  );
  assert.deepEqual(see(), ['alert a: block', 'alert b: alert', `blocked ${SCANNER} (a: 22/tcp)`]);
  assert.deepEqual(wasBlocked, [true, true, true], 'from the first line on');
  sentry.tell({ event: 'warning', text: 'later' });
  assert.equal(told.length, 1, 'what comes by itself is told at once');
});

describe('an instant block of the kernel', () => {
  const instant =
    'mode: enforce\nrules: [{ name: a, instant: true, kinds: [syn], again: probe, block_for: 1m }]';

  test('is taken over, and the alert comes first', () => {
    const { see, sentry, dataPlane, blocks, reactions } = makeSentry(instant);
    dataPlane.blockInstantly(prefix(SCANNER), 0, dataPlane.nowNs() + 60e9);
    const seen = { atNs: 1_000, instantBlock: { rule: 0, inForceNs: 3_000 } };
    assert.deepEqual(see(seen), ['alert a: block', `blocked ${SCANNER} (a: 22/tcp)`]);
    assert.deepEqual(reactions, [2e-6]);
    assert.deepEqual(
      [...blocks].map(({ evidence }) => evidence),
      [{ address: SCANNER, protocol: 'tcp', port: 22 }],
    );
    assert.deepEqual(see(), ['alert a: already_blocked'], 'a packet that was on its way');
    assert.equal(sentry.alerts, 2);
  });

  test('that was lifted before its event came stays lifted', () => {
    const { see, blocks } = makeSentry(instant);
    assert.deepEqual(see({ instantBlock: { rule: 0, inForceNs: 0 } }), ['alert a: block']);
    assert.deepEqual([...blocks], []);
  });

  describe('that another rule finds before its event has come', () => {
    const two = (blockFor: string) =>
      makeSentry(
        `mode: enforce
rules: [{ name: scan, distinct_ports: 4, block_for: 10m }, { name: quick, distinct_ports: 2, block_for: ${blockFor} }]`,
      );

    test('is the kernel’s, and told of with all that it has counted', () => {
      const { see, dataPlane, blocks } = two('10m');
      see({ port: 1 });
      dataPlane.blockInstantly(prefix(SCANNER), 0, dataPlane.nowNs() + 600e9 - 1e6);
      assert.deepEqual(see({ port: 2 }), ['alert quick: already_blocked']);
      see({ port: 3 });
      const last = { port: 4, instantBlock: { rule: 0, inForceNs: dataPlane.nowNs() } };
      assert.deepEqual(see(last), ['alert scan: block', `blocked ${SCANNER} (scan: 1-4/tcp)`]);
      assert.equal([...blocks][0]?.evidence?.port, 4);
    });

    test('is made longer where that one says so, and answered at once: responses and files need to know', () => {
      const { see, dataPlane, blocks } = two('1d');
      see({ port: 1 });
      dataPlane.blockInstantly(prefix(SCANNER), 0, dataPlane.nowNs() + 600e9);
      assert.equal(see({ port: 2 })[0], 'alert quick: block');
      const [block] = [...blocks];
      assert.deepEqual([block?.evidence?.address, block?.expiresNs], [SCANNER, dataPlane.nowNs() + 86_400e9]);
    });
  });
});

test('an alert tells the packet, what its rule counted, and the source’s total', () => {
  const { sentry, told, counted } = makeSentry(
    'mode: enforce\nrules: [{ name: scan, distinct_ports: 3, window: 60s, action: alert }]',
  );
  for (const port of [1, 3, 2]) sentry.handle(sightingOf({ port, total: port, address: '2001:db8:1:2::66' }));
  assert.deepEqual(told, [
    {
      event: 'alert',
      rule: 'scan',
      source: '2001:db8:1:2::/64',
      destination: '198.51.100.10',
      probes: 3,
      total: 2,
      untold: 0,
      ports: '1-3/tcp',
      hosts: 1,
      kinds: ['syn'],
      action: 'alert',
      by: 'controller',
      address: '2001:db8:1:2::66',
      protocol: 'tcp',
      port: 2,
      kind: 'syn',
      tcpFlags: 2,
      ipOptions: false,
    },
  ]);
  assert.deepEqual(counted, ['scan']);
});

describe('probes that were not told of', () => {
  for (const [again, untold] of [
    ['probe', 6],
    ['window', 0],
  ] as const) {
    test(`again: ${again}: ${untold} alerts more would have been`, () => {
      const { sentry, told } = makeSentry(
        `mode: enforce\nrules: [{ name: scan, probes: 8, window: 60s, again: ${again}, action: alert }]`,
      );
      for (const total of [1, 9, 16]) sentry.handle(sightingOf({ total, firstNs: 1, atNs: 1 }));
      const last = told.at(-1);
      assert.ok(last?.event === 'alert');
      assert.equal(last.untold, untold);
    });
  }
});

test('what the rules forget for want of room is counted', () => {
  const { sentry, see } = makeSentry('tables: { sources: 1024 }\nrules: [{ name: scan, probes: 2 }]');
  for (let count = 0; count < 1030; count++) see({ address: `203.0.${count >> 8}.${count & 255}` });
  assert.equal(sentry.forgotten, 6);
});
