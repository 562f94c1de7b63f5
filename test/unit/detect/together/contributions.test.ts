/** Who of a network has contributed what: told in steps, it is what counting all of it anew would give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Contributions } from '../../../../src/detect/together/contributions.ts';

const MEMBERS = 5;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('note'), member: fc.nat(MEMBERS - 1), key: fc.nat(6) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('remove'), member: fc.nat(MEMBERS - 1), key: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('forget'), member: fc.nat(20), key: fc.nat(0) }) },
);

/** The same from all that is there: who has which keys since when. */
class Model {
  readonly #latest = Array.from({ length: MEMBERS }, () => new Map<number, number>());

  note = (member: number, key: number, atNs: number) => this.#latest[member]!.set(key, atNs);
  remove = (member: number, key: number) => this.#latest[member]!.delete(key);

  forgetBefore(sinceNs: number) {
    for (const keys of this.#latest) for (const [key, atNs] of keys) if (atNs < sinceNs) keys.delete(key);
  }

  get figures() {
    const without = (left: number) =>
      new Set(this.#latest.flatMap((keys, member) => (member === left ? [] : [...keys.keys()]))).size;
    return {
      members: this.#latest.filter(({ size }) => size > 0).length,
      size: without(-1),
      withoutBusiest: Math.min(...this.#latest.map((_, member) => without(member))),
    };
  }
}

test('members, keys, and keys without the busiest are what counting anew gives', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const [told, model] = [new Contributions(), new Model()];
      for (const [now, { what, member, key }] of steps.entries()) {
        for (const each of [told, model]) {
          if (what === 'note') each.note(member, key, now);
          else if (what === 'remove') each.remove(member, key);
          else each.forgetBefore(now - member);
        }
        const { members, size, withoutBusiest } = told;
        assert.deepEqual({ members, size, withoutBusiest }, model.figures);
      }
    }),
    { numRuns: 300 },
  );
});

test('members of great numbers and keys of 32 bits are told apart', () => {
  const told = new Contributions();
  for (const member of [0, 1, 255]) for (const key of [0, 1, 2 ** 32 - 1]) told.note(member, key, 1);
  assert.deepEqual([told.members, told.size, told.withoutBusiest], [3, 3, 3]);
  told.forgetBefore(2);
  assert.deepEqual([told.members, told.size, [...told.keys()]], [0, 0, []]);
});
