/** Generated scenes through the program and the built-in rules: it takes their probes for what they are meant to be. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenes } from '../../scripts/eval/scenes/all.ts';
import { play, type SceneFacts } from '../../scripts/eval/scenes/play.ts';
import { type Scene, sceneName } from '../../scripts/eval/scenes/scene.ts';
import { defaultPolicy } from '../../src/config/load.ts';
import { needs } from '../support/capability.ts';

const policy = defaultPolicy();
/** Nobody is blocked, so that all of a scan is seen. */
const watching = { ...policy, rules: [] };

const KINDS: Readonly<Record<string, readonly string[]>> = {
  SYN: ['syn'],
  connect: ['syn'],
  FIN: ['fin'],
  NULL: ['null'],
  XMAS: ['xmas'],
  Maimon: ['maimon'],
  'ACK, Window': ['ack'],
  'SYN+FIN': ['odd'],
  'SYN+RST': ['odd_reply'],
  URG: ['odd'],
  'SYN in fragments': ['fragment'],
  UDP: ['udp'],
  'IP protocols': ['protocol'],
  'SCTP INIT': ['sctp'],
  'SCTP COOKIE-ECHO': ['sctp'],
  'ICMP echo sweep': ['ping'],
};

const ofScanner = ({ scanners }: Scene, facts: readonly SceneFacts[]) => {
  const [family, scanner] = scanners[0]!.includes(':') ? [6, '2001:db8:66::/64'] : [4, scanners[0]];
  const found = facts.find(({ source }) => source === scanner);
  assert.ok(found, `nothing is known of the scanner of family ${family}`);
  return found;
};

describe('generated scenes', { skip: needs('bpf') }, () => {
  for (const scene of scenes.filter(
    ({ group, row, turn }) => group === 'kind' && row in KINDS && turn === 1,
  )) {
    if (!/^IPv4$|^IPv6$|QinQ|three headers/.test(scene.column)) continue;
    test(`${sceneName(scene)}: probes are ${KINDS[scene.row]!.join(' and ')}`, () => {
      assert.deepEqual(ofScanner(scene, play(scene, watching)).kinds, KINDS[scene.row]);
    });
  }

  test('the clock is that of their time stamps: a scan of 20 ports at 4 an hour takes five hours', () => {
    const scene = scenes.find(({ group, row }) => group === 'rate' && row === '4/h')!;
    const { first_seen, last_seen, ports } = ofScanner(scene, play(scene, watching));
    assert.deepEqual([ports, (Date.parse(last_seen) - Date.parse(first_seen)) / 60_000], [20, 19 * 15]);
  });

  test('the innocent client of a scan sends no probe', () => {
    const scene = scenes.find(({ group }) => group === 'kind')!;
    assert.deepEqual(
      play(scene, policy).map(({ source }) => source),
      scene.scanners,
    );
  });
});
