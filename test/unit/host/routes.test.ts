import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoutes4, parseRoutes6 } from '../../../src/host/routes.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';

const brief = (routes: ReturnType<typeof parseRoutes4>) =>
  routes.map((route) => ({ ...route, gateway: route.gateway && formatPrefix(route.gateway) }));

test('IPv4 routes: the default one, its gateway, and one on the link', () => {
  const text = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t016433C6\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t006433C6\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
eth1\t00000000\t026433C6\t0002\t0\t0\t100\t00000000\t0\t0\t0
`;
  assert.deepEqual(brief(parseRoutes4(text)), [
    { interface: 'eth0', isDefault: true, gateway: '198.51.100.1' },
    { interface: 'eth0', isDefault: false, gateway: undefined },
  ]);
});

test('IPv6 routes: the same, without those of the loopback device', () => {
  const zero = '0'.repeat(32);
  const text = [
    `20010db8000000000000000000000000 40 ${zero} 00 ${zero} 00000100 00000001 00000000 00000001     eth0`,
    `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0`,
    `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo`,
  ].join('\n');
  assert.deepEqual(brief(parseRoutes6(text)), [
    { interface: 'eth0', isDefault: false, gateway: undefined },
    { interface: 'eth0', isDefault: true, gateway: 'fe80::1' },
  ]);
});

test('a file that is not there has no routes', () => {
  assert.deepEqual(parseRoutes4(''), []);
  assert.deepEqual(parseRoutes6(''), []);
});
