/** Who asks for a block is guarded before it is judged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Request, requestSchema } from '../../../src/control/protocol.ts';
import { makeAnswers, SCANNER } from './make-answers.ts';

const block = { command: 'block', source: SCANNER, durationMs: null, reason: null } as const;
const list = { command: 'block_list', name: 'drop', path: '/', format: null, durationMs: null } as const;
const ADMIN = { loggedInFrom: '192.0.2.7' } as const;

describe('the address that the asker is logged in from', () => {
  for (const request of [
    { ...block, ...ADMIN, source: 'no address' },
    { ...list, ...ADMIN },
  ] as const) {
    test(`is noted before anything else: ${request.command}, though it is refused`, async (t) => {
      const { ask, ended } = makeAnswers(t);
      await assert.rejects(async () => ask(request));
      assert.deepEqual(ended, ['login from 192.0.2.7']);
    });
  }

  test('may not be known', async (t) => {
    const { ask, ended } = makeAnswers(t);
    await ask(block);
    assert.deepEqual(ended, []);
  });

  for (const [loggedInFrom, isFine] of [
    ['192.0.2.7', true],
    ['2001:db8::7', true],
    ['0.0.0.0/0', false],
    ['::/0', false],
    ['host.example', false],
    ['', false],
    ['1'.repeat(46), false],
  ] as const) {
    test(`"${loggedInFrom}" ${isFine ? 'is one' : 'is none, and the request is refused'}`, () => {
      const request: Request = { ...block, loggedInFrom };
      assert.equal(requestSchema.safeParse(request).success, isFine);
    });
  }
});
