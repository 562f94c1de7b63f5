import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector } from '../../../src/detect/detector.ts';
import { toSighting } from '../../../src/listen/sighting.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';
import { rule } from '../../support/probes.ts';

const CONTACT = {
  protocol: 'tcp',
  port: 23,
  address: '198.51.100.66',
  destination: '198.51.100.10',
} as const;

describe('a contact as a sighting', () => {
  test('is a probe of kind connect, of which no more is known than that', () => {
    const { source, kinds, ...sighting } = toSighting(CONTACT, 5_000, 64);
    assert.equal(formatPrefix(source), '198.51.100.66');
    assert.deepEqual([...kinds], ['connect']);
    assert.deepEqual(sighting, {
      ...CONTACT,
      kind: 'connect',
      tcpFlags: 0,
      ipOptions: undefined,
      isAmongDecoys: false,
      isIgnored: false,
      firstNs: 0,
      total: 1,
      portCount: 1,
      traits: undefined,
      atNs: 5_000,
      instantBlock: undefined,
    });
  });

  for (const [address, bits, source] of [
    ['2001:db8:1:2::66', 64, '2001:db8:1:2::/64'],
    ['2001:db8:1:2::66', 128, '2001:db8:1:2::66'],
    ['fe80::66', 64, 'fe80::66'],
  ] as const) {
    test(`${address} is of source ${source}`, () => {
      assert.equal(formatPrefix(toSighting({ ...CONTACT, address }, 0, bits).source), source);
    });
  }

  test('each counts as one, and none for more', () => {
    const detector = new Detector([rule({ probes: 3, kinds: new Set(['connect']), again: 'probe' })], 10);
    const alerts = [1, 2, 3, 4].map((atNs) => {
      const sighting = toSighting(CONTACT, atNs, 64);
      return detector.observe({ ...sighting, source: formatPrefix(sighting.source) });
    });
    assert.deepEqual(
      alerts.map(([alert]) => alert && [alert.probes, alert.untold]),
      [undefined, undefined, [3, 0], [3, 0]],
    );
  });

  test('of what is no address is refused', () => {
    assert.throws(() => toSighting({ ...CONTACT, address: 'fe80::1%eth0' }, 0, 64), /"fe80::1%eth0"/);
  });
});
