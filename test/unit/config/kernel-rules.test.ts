/** Which rules the kernel carries out, and why not the others. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { carriersOf, kernelRules } from '../../../src/config/kernel-rules.ts';
import { defaultPolicy, parsePolicy } from '../../../src/config/load.ts';

const policyOf = (...rules: string[]) =>
  parsePolicy(
    `mode: enforce\nrules: [${rules.map((rule, index) => `{ name: r${index}, ${rule} }`).join()}]`,
    'x.yaml',
  );
const inKernel = (...rules: string[]) => kernelRules(policyOf(...rules)).map(({ number }) => number);
const why = (...rules: string[]) =>
  carriersOf(policyOf(...rules)).map((carrier) => (carrier.by === 'kernel' ? undefined : carrier.why));

describe('the kernel carries out', () => {
  test('all default rules that count neither addresses of this host nor marks of tools, once they are enforced', () => {
    const policy = defaultPolicy();
    assert.deepEqual(kernelRules(policy), []);
    assert.deepEqual(
      kernelRules({ ...policy, mode: 'enforce' }).map(({ number, ports, probes }) => [number, ports, probes]),
      [
        [0, 4, 1],
        [1, 2, 1],
        [2, 6, 1],
        [3, 7, 1],
      ],
    );
  });

  test('what a rule says, with times in nanoseconds', () => {
    const [rule] = kernelRules(
      policyOf('kinds: [syn, udp], distinct_ports: 3, probes: 5, window: 10s, block_for: 1m, again: probe'),
    );
    assert.deepEqual(rule, {
      number: 0,
      kinds: new Set(['syn', 'udp']),
      protocols: ['tcp', 'udp'],
      ports: 3,
      probes: 5,
      windowNs: 10e9,
      durationNs: 60e9,
    });
  });

  test('windows and blocks without an end', () => {
    const [rule] = kernelRules(policyOf('probes: 2, window: forever, block_for: forever'));
    assert.deepEqual([rule?.windowNs, rule?.durationNs], [Number.POSITIVE_INFINITY, undefined]);
  });

  for (const [says, rule, protocols] of [
    ['one protocol of a rule that counts no other', 'distinct_ports: 3, protocol: udp', ['udp']],
    ['one protocol, where the kinds have no other', 'distinct_ports: 3, kinds: [syn, fin]', ['tcp']],
    [
      'all with ports, where a short fragment may be of any',
      'probes: 3, kinds: [fragment]',
      ['tcp', 'udp', 'sctp'],
    ],
    [
      'what a rule of one probe blocks',
      'instant: true, action: { tcp: alert, udp: block }',
      ['udp', 'sctp', 'ip'],
    ],
    [
      'blocks by the only protocol that counts',
      'probes: 2, kinds: [syn], action: { tcp: block, udp: alert }',
      ['tcp'],
    ],
  ] as const) {
    test(says, () => {
      assert.deepEqual(
        kernelRules(policyOf(rule)).map((it) => it.protocols),
        [protocols],
      );
    });
  }
});

describe('the controller carries out', () => {
  for (const [rule, reason] of [
    ['probes: 2, action: alert', 'it does not block'],
    ['probes: 2, action: command', 'it does not block'],
    ['instant: true, action: record', 'it does not block'],
    ['probes: 2, action: { tcp: block, udp: alert }', 'it blocks by one protocol only'],
    ['instant: true, only: { tcp: 1-100 }', 'it counts some ports only'],
    ['distinct_ports: 2, only: { udp: 1-100 }', 'it counts some ports only'],
    ['probes: 2, kinds: [connect]', 'it counts connections to `listen`'],
    ['probes: 2, kinds: [udp], protocol: tcp', 'no packet counts for it'],
    ['probes: 2, research: skip', 'it tells research scanners from others'],
    ['probes: 2, tools: any', 'it counts marks of tools'],
    ['distinct_targets: 2', 'it counts targets'],
    ['distinct_ports: 17', 'it takes more than 16 ports'],
    ['probes: 17', 'it takes more than 16 probes'],
    ['distinct_ports: 16, probes: 17', 'it takes more than 16 probes'],
  ] as const) {
    test(`${rule}: ${reason}`, () => assert.deepEqual(why(rule), [reason]));
  }

  test('nothing that is just within the bounds', () => {
    assert.deepEqual(why('distinct_ports: 16, probes: 16'), [undefined]);
    assert.deepEqual(why('distinct_ports: 16', 'probes: 16'), [undefined, undefined]);
    assert.deepEqual(why('distinct_ports: 12, probes: 13'), [undefined]);
  });
});

describe('where there is not room for all', () => {
  test('the first rules get it, and a later one that still fits', () => {
    assert.deepEqual(
      inKernel('distinct_ports: 16', 'probes: 10', 'probes: 7', 'distinct_ports: 6'),
      [0, 1, 3],
    );
    assert.deepEqual(
      why('distinct_ports: 16', 'probes: 10', 'probes: 7').at(-1),
      'the rules before it leave too little room in the kernel',
    );
  });

  test('of nine rules the last is left to the controller; rules of one probe take no room', () => {
    const nine = Array.from({ length: 9 }, () => 'distinct_ports: 2');
    assert.deepEqual(inKernel(...nine, 'instant: true'), [0, 1, 2, 3, 4, 5, 6, 7, 9]);
    assert.equal(why(...nine).at(-1), 'the kernel has room for 8 rules');
  });
});
