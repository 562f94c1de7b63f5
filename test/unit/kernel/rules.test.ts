/** Rules as the kernel reads them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeRules, type KernelRule, slotsOf } from '../../../src/kernel/rules.ts';
import { readField, viewOf } from '../../../src/kernel/struct.ts';
import { kind, ruleLayout } from '../../../src/kernel/wire.generated.ts';

const rule = (wanted: Partial<KernelRule>): KernelRule => ({
  number: 0,
  kinds: new Set(['syn']),
  protocols: ['tcp', 'udp'],
  ports: 1,
  probes: 1,
  windowNs: 60e9,
  durationNs: undefined,
  ...wanted,
});

const TAG = 0xfeed_beef;

function decode(bytes: Uint8Array) {
  const view = viewOf(bytes);
  const { durationNs, window, kinds, rule: number, ports, probes, firstSlot } = ruleLayout;
  const mask = (protocol: number) => readField(view, 0, { at: kinds.at + 4 * protocol, type: 'u32' });
  return {
    durationNs: readField(view, 0, durationNs),
    window: readField(view, 0, window),
    kinds: [mask(0), mask(1)],
    rule: readField(view, 0, number),
    slots: [readField(view, 0, firstSlot), readField(view, 0, ports), readField(view, 0, probes)],
  };
}

test('a rule in full', () => {
  const wanted = rule({
    number: 7,
    kinds: new Set(['syn', 'udp', 'fragment', 'connect']),
    protocols: ['udp'],
    ports: 3,
    probes: 5,
    windowNs: 10 * 2 ** 20,
    durationNs: 60e9,
  });
  assert.deepEqual(encodeRules([wanted], TAG).map(decode), [
    {
      durationNs: 60e9,
      window: 10,
      kinds: [0, (1 << kind.SYN) | (1 << kind.UDP) | (1 << kind.FRAGMENT)],
      rule: 0xfeed_0007,
      slots: [0, 3, 5],
    },
  ]);
});

test('slots lie one behind the other, and none is taken for what asks for nothing', () => {
  const rules = [
    { ports: 4, probes: 1 },
    { ports: 1, probes: 2 },
    { ports: 3, probes: 3 },
    { ports: 2, probes: 3 },
  ];
  assert.deepEqual(
    encodeRules(rules.map(rule), TAG).map((it) => decode(it).slots),
    [
      [0, 4, 0],
      [4, 0, 2],
      [6, 3, 0],
      [9, 2, 3],
    ],
  );
  assert.deepEqual(slotsOf({ ports: 1, probes: 1 }), { ports: 0, probes: 0 });
});

describe('a window', () => {
  for (const [says, windowNs, ticks] of [
    ['is rounded up to whole ticks', 2 ** 20 + 1, 2],
    ['is one tick at least', 1, 1],
    ['without an end is 0', Number.POSITIVE_INFINITY, 0],
    ['of a week fits', 7 * 86_400e9, 576_782_227],
  ] as const) {
    test(says, () => {
      const [bytes] = encodeRules([rule({ probes: 2, windowNs })], TAG);
      assert.equal(decode(bytes!).window, ticks);
    });
  }
});

test('what has no room in the kernel is refused', () => {
  for (const rules of [
    [{ ports: 17 }],
    [{ probes: 17 }],
    [{ ports: 16 }, { ports: 16 }, { probes: 2 }],
    Array.from({ length: 9 }, () => ({ probes: 2 })),
  ]) {
    assert.throws(() => encodeRules(rules.map(rule), TAG), RangeError);
  }
});
