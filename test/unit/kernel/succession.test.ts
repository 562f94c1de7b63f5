import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Succession, takePlace } from '../../../src/kernel/succession.ts';

/** A link that does what it is told, but for what fails. */
function makeSuccession(attach: 'auto' | 'native' | 'generic', failing: 'pin' | 'update' | 'nothing') {
  const done: string[] = [];
  const step = (name: string) => () => {
    if (name === failing) throw new Error(`${name}: no memory`);
    done.push(name);
  };
  const link = { pin: step('pin'), update: step('update'), detach: step('detach') };
  const succession = {
    held: { program: {} },
    request: { interface: 'eth0', attach },
    pins: { path: '/nowhere' },
    current: { link, mode: 'native' },
  } as unknown as Succession;
  return { done, succession };
}

describe('the program of a sentry before', () => {
  for (const attach of ['auto', 'native'] as const) {
    test(`is replaced in its place: ${attach}`, () => {
      const { done, succession } = makeSuccession(attach, 'nothing');
      const { mode, fallback, gap } = takePlace(succession);
      assert.deepEqual({ mode, fallback, gap }, { mode: 'native', fallback: undefined, gap: undefined });
      assert.deepEqual(done, ['pin', 'update']);
    });

    for (const failing of ['pin', 'update'] as const) {
      test(`stays when another one cannot take its place: ${attach}, ${failing}`, () => {
        const { done, succession } = makeSuccession(attach, failing);
        assert.throws(() => takePlace(succession), {
          code: 'XS_ERR_DRIVER',
          message: /eth0: .*: no memory; the program of before goes on/,
        });
        assert.ok(!done.includes('detach'));
      });
    }
  }
});
