/** Interfaces that come and go while the sentry runs. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SentryError } from '../../../src/errors.ts';
import { interfaceFollower } from '../../../src/interfaces/follow.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

/** Interfaces that are there, or taken by somebody else's program. */
class Machine extends FakeDataPlane {
  readonly there = new Set<string>();
  readonly taken = new Set<string>();
  readonly #gone = new Set<string>();

  override watch(name: string): void {
    if (!this.there.has(name)) throw new SentryError('XS_ERR_NO_INTERFACE', name);
    if (this.taken.has(name)) throw new SentryError('XS_ERR_OTHER_XDP', name);
    super.watch(name);
    this.#gone.delete(name);
  }
  override isAttached(name: string): boolean {
    return super.isAttached(name) && !this.#gone.has(name);
  }
  /** What sat on it has gone with it, whatever comes of that name. */
  vanish(name: string): void {
    this.there.delete(name);
    this.#gone.add(name);
  }
}

function following(named: readonly string[], prefix = 'none') {
  const machine = new Machine();
  const told: string[] = [];
  const matched = () => [...machine.there].filter((name) => name.startsWith(prefix));
  const follow = interfaceFollower(
    machine,
    () => ({ named, matched }),
    (text) => told.push(text),
  );
  return {
    machine,
    /** What is told in so many looks. */
    look(times = 3): string[] {
      for (let count = 0; count < times; count++) follow();
      return told.splice(0);
    },
  };
}

const IDLE = 'no interface is watched: there is none of those that are meant';

describe('following interfaces', () => {
  test('watches a named one again that has gone and come back, and says so once', () => {
    const { machine, look } = following(['wg0']);
    machine.there.add('wg0');
    machine.watch('wg0');
    assert.deepEqual(look(), []);
    machine.vanish('wg0');
    assert.deepEqual(look(), ['wg0 has gone; it is watched again when it is back']);
    machine.there.add('wg0');
    machine.taken.add('wg0');
    assert.deepEqual(look(), [
      'wg0 is back, and not watched: Another XDP program sits on the interface: wg0',
    ]);
    machine.taken.delete('wg0');
    assert.deepEqual(look(), ['wg0 is back, and watched again (XDP native)']);
    assert.equal(machine.isAttached('wg0'), true);
  });

  test('watches those that a pattern means as they come, and forgets them as they go', () => {
    const { machine, look } = following(['eth0'], 'veth');
    machine.there.add('eth0').add('veth1');
    machine.watch('eth0');
    assert.deepEqual(look(), ['veth1 is watched, too (XDP native)']);
    machine.there.add('veth2').add('other0');
    machine.vanish('veth1');
    assert.deepEqual(look(), ['veth1 has gone', 'veth2 is watched, too (XDP native)']);
    assert.deepEqual(
      machine.attachments.map((it) => it.interface),
      ['eth0', 'veth2'],
    );
  });

  test('says once that one which a pattern means cannot be watched, and again after it was away', () => {
    const { machine, look } = following([], 'veth');
    machine.there.add('veth1');
    machine.taken.add('veth1');
    const text = 'veth1 is not watched: Another XDP program sits on the interface: veth1';
    assert.deepEqual(look(), [text, IDLE]);
    machine.vanish('veth1');
    assert.deepEqual(look(), []);
    machine.there.add('veth1');
    assert.deepEqual(look(), [text]);
  });

  test('says whenever none is left', () => {
    const { machine, look } = following([], 'veth');
    assert.deepEqual(look(), [IDLE]);
    for (let round = 0; round < 2; round++) {
      machine.there.add('veth1');
      assert.deepEqual(look(), ['veth1 is watched, too (XDP native)']);
      machine.vanish('veth1');
      assert.deepEqual(look(), ['veth1 has gone', IDLE]);
    }
  });

  test('lets go of one that is meant no longer', () => {
    const { machine, look } = following(['eth0']);
    machine.there.add('eth0').add('eth1');
    for (const name of machine.there) machine.watch(name);
    assert.deepEqual(look(), ['eth1 is watched no longer']);
    assert.equal(machine.isAttached('eth1'), false);
  });
});
