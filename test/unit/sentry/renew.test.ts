/** Another policy while sources are on their way to a rule. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import type { Policy } from '../../../src/config/policy.ts';
import { makeSentry, prefix, SCANNER } from './make-sentry.ts';

const yaml = (ports: number, mode = 'enforce') =>
  `mode: ${mode}\nrules: [{ name: scan, distinct_ports: ${ports}, window: 60s }]`;
const policy = (ports: number, mode?: string): Policy => parsePolicy(yaml(ports, mode), 'next.yaml');

describe('another policy', () => {
  test('with the same rules lets them go on where they were', () => {
    const { sentry, see } = makeSentry(yaml(3));
    const first = policy(3);
    sentry.renew(first);
    see({ port: 1 });
    see({ port: 2 });
    sentry.renew({ ...policy(3, 'observe'), rules: first.rules });
    assert.deepEqual(see({ port: 3 }), ['alert scan: would_block']);
  });

  test('with other rules counts by them what sources have touched before, and fires with the next probe', () => {
    const { sentry, see, take } = makeSentry(yaml(5));
    for (const port of [1, 2, 3]) see({ port });
    sentry.renew(policy(4));
    assert.deepEqual(take(), []);
    assert.deepEqual(see({ port: 3 }), []);
    assert.equal(see({ port: 4 })[0], 'alert scan: block');
  });

  test('with rules that are fulfilled already fires with the next probe, whatever it goes to', () => {
    const { sentry, see, take } = makeSentry(yaml(5));
    for (const port of [1, 2, 3]) see({ port });
    sentry.renew(policy(2));
    assert.deepEqual(take(), []);
    assert.equal(see({ port: 3 })[0], 'alert scan: block');
  });

  test('counts nothing any more of whom somebody has let in', () => {
    const { sentry, see, take, blocks, dataPlane } = makeSentry(yaml(3));
    for (const port of [1, 2, 3]) see({ port });
    blocks.lift(prefix(SCANNER));
    take();
    dataPlane.advance(1e6);
    sentry.renew(policy(4));
    assert.deepEqual(
      [4, 5, 6].flatMap((port) => see({ port })),
      [],
    );
    assert.equal(see({ port: 7 })[0], 'alert scan: block');
  });

  test('still counts whom the rules before have forgotten for want of room', () => {
    const { sentry, see } = makeSentry(`${yaml(3)}\ntables: { sources: 1024 }`);
    for (let index = 0; index < 1030; index++) see({ address: `198.18.${index >> 8}.${index & 255}` });
    assert.equal(sentry.forgotten, 6);
    sentry.renew(policy(2));
    assert.equal(sentry.forgotten, 6);
  });
});
