import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainAddress, withIpv4Fallback } from '../../../src/listen/address.ts';

describe('the address of a peer', () => {
  for (const [socket, plain] of [
    ['198.51.100.66', '198.51.100.66'],
    ['::ffff:198.51.100.66', '198.51.100.66'],
    ['2001:db8::66', '2001:db8::66'],
    ['fe80::66%eth0', 'fe80::66'],
    ['::ffff:c633:6442', '::ffff:c633:6442'], // no socket writes it so; later it is read as IPv4
    ['::1', '::1'],
  ] as const) {
    test(`${socket} is ${plain}`, () => assert.equal(plainAddress(socket), plain));
  }
});

describe('the socket of both families', () => {
  const failing = (code: string) => async (host: string) => {
    if (host === '::') throw Object.assign(new Error(code), { code });
    return host;
  };
  test('is tried first', async () => assert.equal(await withIpv4Fallback(async (host) => host), '::'));
  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL']) {
    test(`gives way to that of IPv4 on ${code}: IPv6 is switched off`, async () => {
      assert.equal(await withIpv4Fallback(failing(code)), '0.0.0.0');
    });
  }
  for (const code of ['EADDRINUSE', 'EACCES', 'EMFILE']) {
    test(`does not on ${code}`, () => assert.rejects(withIpv4Fallback(failing(code)), { code }));
  }
  test('fails with what that of IPv4 fails with', () => {
    const both = async (host: string) => {
      throw Object.assign(new Error(host), { code: host === '::' ? 'EAFNOSUPPORT' : 'EADDRINUSE' });
    };
    return assert.rejects(withIpv4Fallback(both), { code: 'EADDRINUSE' });
  });
});
