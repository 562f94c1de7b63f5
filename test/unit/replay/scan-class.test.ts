import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeKind } from '../../../src/detect/probe.ts';
import { classOf, type ScanClass } from '../../../src/replay/scan-class.ts';

const rows: readonly [says: string, kinds: readonly ProbeKind[], ports: number, hosts: number, ScanClass][] =
  [
    ['nmap -sS', ['syn'], 100, 1, 'vertical'],
    ['nmap -sS, which asks first whether the host is there', ['ping', 'ack', 'syn'], 100, 1, 'vertical'],
    ['caught after two ports', ['syn'], 2, 1, 'vertical'],
    ['caught at one port', ['syn'], 1, 1, 'single'],
    ['nmap -sF', ['fin'], 100, 1, 'stealth'],
    ['nmap -sA', ['ping', 'ack'], 2, 1, 'stealth'],
    ['flags of all kinds', ['odd', 'odd_reply', 'xmas'], 9, 1, 'stealth'],
    ['nmap -sU', ['udp'], 30, 1, 'udp'],
    ['nmap -sO', ['protocol'], 200, 1, 'protocol'],
    ['nmap -sn by ICMP', ['ping'], 1, 254, 'ping'],
    ['one port of a network', ['syn'], 1, 254, 'horizontal'],
    ['one UDP port of a network', ['udp'], 1, 254, 'horizontal'],
    ['two hosts, one port', ['syn'], 1, 2, 'horizontal'],
    ['a network and its ports', ['syn'], 20, 254, 'block'],
  ];
for (const [says, kinds, ports, hosts, expected] of rows) {
  test(`${says}: ${expected}`, () => assert.equal(classOf(new Set(kinds), { ports, hosts }, true), expected));
}

test('whom no rule calls a scanner has to do more for a name', () => {
  assert.equal(classOf(new Set(['syn']), { ports: 2, hosts: 1 }, false), 'single');
  assert.equal(classOf(new Set(['fin']), { ports: 1, hosts: 1 }, false), 'single');
  assert.equal(classOf(new Set(['udp']), { ports: 1, hosts: 2 }, false), 'single');
});
