import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fillTokens } from '../../../../src/respond/responses/tokens.ts';

const SOUND = { target: '198.51.100.66', port: 23, mode: 'atcp' };

describe('tokens', () => {
  for (const [template, filled] of [
    ['/sbin/route add -host $TARGET$ reject', '/sbin/route add -host 198.51.100.66 reject'],
    ['ALL: $TARGET$ : DENY', 'ALL: 198.51.100.66 : DENY'],
    ['$TARGET$,$TARGET$ $PORT$/$PORT$ $MODE$$MODE$', '198.51.100.66,198.51.100.66 23/23 atcpatcp'],
    ['echo $TARGET $1 $$ $PROTOCOL$ $target$', 'echo $TARGET $1 $$ $PROTOCOL$ $target$'],
    ['$TARGET$PORT$', '198.51.100.66PORT$'],
    ['nothing of the kind', 'nothing of the kind'],
    ['', ''],
  ] as const) {
    test(`${JSON.stringify(template)}`, () => assert.equal(fillTokens(template, SOUND), filled));
  }

  test('stand for IPv6 addresses, too, and for any port', () => {
    const values = { target: '2001:db8::7', port: 0, mode: 'stealth' };
    assert.equal(fillTokens('$TARGET$ $PORT$ $MODE$', values), '2001:db8::7 0 stealth');
    assert.equal(fillTokens('$PORT$', { ...values, port: 65535 }), '65535');
  });

  for (const [what, wrong] of [
    ['a command in the address', { target: '198.51.100.66; reboot' }],
    ['a substitution', { target: '$(reboot)' }],
    ['a line break behind the address', { target: '198.51.100.66\nreboot' }],
    ['a host name', { target: 'scanner.example' }],
    ['a network', { target: '198.51.100.0/24' }],
    ['a zone', { target: 'fe80::1%eth0' }],
    ['brackets', { target: '[2001:db8::7]' }],
    ['no address', { target: '' }],
    ['a negative port', { port: -1 }],
    ['a port beyond the last', { port: 65536 }],
    ['half a port', { port: 0.5 }],
    ['no number', { port: Number.NaN }],
    ['a text for a port', { port: '23; reboot' as unknown as number }],
    ['an option for a mode', { mode: '-f' }],
    ['capitals', { mode: 'ATCP' }],
    ['a mode of 17 letters', { mode: 'abcdefghijklmnopq' }],
    ['a line break behind the mode', { mode: 'atcp\n' }],
    ['no mode', { mode: '' }],
  ] as const) {
    test(`never carry ${what}`, () => {
      assert.throws(() => fillTokens('true', { ...SOUND, ...wrong }), { name: 'TypeError' });
    });
  }

  test('carry no character that a shell reads as its own, whatever comes in', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6(), fc.webUrl());
    fc.assert(
      fc.property(anything, fc.oneof(fc.double(), fc.integer()), anything, (target, port, mode) => {
        let filled: string;
        try {
          filled = fillTokens('$TARGET$ $PORT$ $MODE$', { target, port, mode });
        } catch (error) {
          return error instanceof TypeError;
        }
        return /^[0-9a-fA-F.:]+ \d{1,5} [a-z]{1,16}$/.test(filled);
      }),
      { numRuns: 2000 },
    );
  });
});
