import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Case, makeGuard } from '../../../src/respond/guard.ts';
import { formatPrefix, fullLength, parsePrefix } from '../../../src/values/prefix.ts';
import { prefixes } from '../../support/arbitrary-prefix.ts';

const prefix = (text: string) => parsePrefix(text)!;
const OWN = prefix('198.51.100.1');
const IGNORED = prefix('192.0.2.0/24');
const PEER = '203.0.113.7';
const REGULAR = '203.0.113.9';
const guard = makeGuard(
  () => [{ prefix: OWN, reason: 'an address of this host' }],
  () => [IGNORED],
  (source) => (({ [PEER]: 'connection', [REGULAR]: 'regular' }) as const)[formatPrefix(source)],
);
const objection = (text: string, given?: Case) => guard(prefix(text), given);
const CONNECTED = 'it holds a TCP connection to this host, and its probes may be forged';
const COMES_AGAIN =
  'it has come again and again with TCP connections to this host, and its probes may be forged';

describe('the guard', () => {
  for (const [text, given, expected] of [
    ['198.51.100.1', {}, 'it is an address of this host'],
    ['198.51.100.1', { isForced: true }, 'it is an address of this host'],
    ['192.0.2.128/25', { isForced: true }, '192.0.2.0/24 is on the ignore list'],
    ['198.51.100.0/24', {}, undefined],
    ['0.0.0.0/0', {}, '/0 is too wide: the widest block is /8, unless you insist with --force'],
    ['10.0.0.0/7', {}, '/7 is too wide: the widest block is /8, unless you insist with --force'],
    ['10.0.0.0/8', {}, undefined],
    ['2001::/15', {}, '/15 is too wide: the widest block is /16, unless you insist with --force'],
    ['0.0.0.0/0', { isForced: true }, undefined],
    ['::/0', { isForced: true }, undefined],
    [PEER, {}, undefined],
    [PEER, { isSpoofable: true }, CONNECTED],
    [REGULAR, {}, undefined],
    [REGULAR, { isSpoofable: true }, COMES_AGAIN],
    ['203.0.113.8', { isSpoofable: true }, undefined],
  ] as const) {
    test(`${text} ${JSON.stringify(given)}: ${expected ?? 'nothing against it'}`, () => {
      assert.equal(objection(text, given), expected);
    });
  }

  test('lets nothing through that lies within what is guarded or ignored, forced or not', () => {
    fc.assert(
      fc.property(prefixes, fc.nat(128), fc.boolean(), (outer, more, isForced) => {
        const inner = { ...outer, length: Math.min(outer.length + more, fullLength(outer.family)) };
        const guarded = makeGuard(
          () => [{ prefix: outer, reason: 'ours' }],
          () => [],
        );
        const ignored = makeGuard(
          () => [],
          () => [outer],
        );
        for (const ask of [guarded, ignored]) assert.notEqual(ask(inner, { isForced }), undefined);
      }),
    );
  });
});
