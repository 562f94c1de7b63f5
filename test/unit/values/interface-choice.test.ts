/** Which interfaces a choice means, out of those that there are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { chooseInterfaces } from '../../../src/values/interface-choice.ts';

const THERE = ['lo', 'eth0', 'eth0.100', 'eth1', 'docker0', 'veth12ab', 'wg0'];

const choose = (...choice: string[]) => chooseInterfaces(choice, THERE, () => 'eth1');

describe('choosing interfaces', () => {
  for (const [choice, named, matched] of [
    ['auto', 'eth1', ''],
    ['eth0', 'eth0', ''],
    ['eth0 wg0 eth0', 'eth0 wg0', ''],
    ['tun9', 'tun9', ''],
    ['lo', 'lo', ''],
    ['*', '', 'eth0 eth0.100 eth1 docker0 veth12ab wg0'],
    ['eth*', '', 'eth0 eth0.100 eth1'],
    ['e*0', '', 'eth0 eth0.100'],
    ['*eth*', '', 'eth0 eth0.100 eth1 veth12ab'],
    ['e*h*.1*', '', 'eth0.100'],
    ['eth*0*0', '', 'eth0.100'],
    ['* !docker0 !veth*', '', 'eth0 eth0.100 eth1 wg0'],
    ['!veth* !docker*', '', 'eth0 eth0.100 eth1 wg0'],
    ['eth0 e*', 'eth0', 'eth0.100 eth1'],
    ['eth0 !eth0 wg*', '', 'wg0'],
    ['lo *0', 'lo', 'eth0 eth0.100 docker0 wg0'],
  ] as const) {
    test(choice, () => {
      const chosen = choose(...choice.split(' '));
      assert.deepEqual([chosen.named.join(' '), chosen.matched.join(' ')], [named, matched]);
    });
  }

  test('asks for the default route only where it is meant', () => {
    const fail = () => assert.fail('asked');
    assert.deepEqual(chooseInterfaces(['eth0'], THERE, fail).named, ['eth0']);
    assert.deepEqual(chooseInterfaces(['*'], THERE, fail).named, []);
  });

  test('a pattern matches as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 6 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 6 });
    const arbitrary = fc.tuple(
      pattern,
      text.filter((name) => name !== ''),
    );
    fc.assert(
      fc.property(arbitrary, ([wanted, name]) => {
        fc.pre(wanted.includes('*'));
        const expression = new RegExp(`^${wanted.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        const { matched } = chooseInterfaces([wanted], [name], () => '');
        assert.equal(matched.length === 1, expression.test(name));
      }),
    );
  });
});
