import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eth, layer3 } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

/** The shortest packet that the kernel takes for a test run. */
const SHORTEST = 14;
const NOTHING = { probes: {}, ports: {}, lost: {}, events: [] };

/** Each without payload, so that every cut goes through a header. */
const packets = {
  'IPv4, TCP': eth().ip4().tcp(),
  'IPv4, UDP': eth().ip4().udp(),
  'IPv4 with options, UDP': eth().ip4({ ihl: 15 }).udp(),
  'VLAN, IPv4, TCP': eth().vlan(5).ip4().tcp(),
  'QinQ, IPv6, TCP': eth().qinq(10).vlan(20).ip6().tcp(),
  'IPv6 with two extension headers, UDP': eth().ip6().hopByHop(14).destOptions(24).udp(),
  'IPv6 with an authentication header and an atomic fragment, TCP': eth().ip6().fragment().auth().tcp(),
};

describe('a packet cut anywhere', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
  });
  after(() => sentry?.close());

  for (const [name, packet] of Object.entries(packets)) {
    const whole = packet.build();

    it(`${name}: whole, it is a probe`, () => {
      sentry.forgetSources();
      assert.equal(sentry.run(whole).outcome, 'PASS_PROBE');
    });

    it(`${name}: cut at each of its ${whole.length - SHORTEST} places, it passes as truncated`, () => {
      for (let length = SHORTEST; length < whole.length; length++) {
        const run = sentry.run(packet.truncate(length));
        assert.deepEqual(
          run,
          { verdict: 'PASS', outcome: 'PASS_TRUNCATED', ...NOTHING },
          `cut to ${length} bytes`,
        );
      }
    });

    it(`${name}: bytes that no header announces change nothing`, () => {
      for (let filler = 1; filler <= 64; filler++) {
        sentry.forgetSources();
        assert.equal(sentry.run(packet.padTo(whole.length + filler, filler)).outcome, 'PASS_PROBE');
      }
    });
  }

  it('a tiny fragment cut anywhere before the end of its ports passes as truncated, behind them it is a probe', () => {
    const tiny = eth().ip4({ moreFragments: true }).tcp().keep(16);
    const portsEnd = 14 + 20 + 4;
    for (let length = SHORTEST; length <= 14 + 20 + 16; length++) {
      sentry.forgetSources();
      const expected = length < portsEnd ? 'PASS_TRUNCATED' : 'PASS_PROBE';
      assert.equal(sentry.run(tiny.truncate(length)).outcome, expected, `cut to ${length} bytes`);
    }
  });

  it('a later fragment cut behind its IPv4 header still passes as a fragment', () => {
    const later = eth().ip4({ fragOffset: 1, ihl: 8, protocol: 6 }).bytes(40);
    for (let length = SHORTEST; length < later.build().length; length++) {
      const expected = length < 14 + 20 ? 'PASS_TRUNCATED' : 'PASS_FRAGMENT';
      assert.equal(sentry.run(later.truncate(length)).outcome, expected, `cut to ${length} bytes`);
    }
  });

  it('TCP options may be cut: ports and flags are there', () => {
    const options = eth()
      .ip4()
      .tcp({ options: [2, 4, 5, 180, 1, 1, 4, 2] });
    for (let length = 14 + 20 + 20; length < options.build().length; length++) {
      sentry.forgetSources();
      assert.equal(sentry.run(options.truncate(length)).outcome, 'PASS_PROBE', `cut to ${length} bytes`);
    }
  });
});

describe('a packet cut anywhere on a device without Ethernet', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { noEthernet: true } });
    sentry.monitor('TCP', 11);
  });
  after(() => sentry?.close());

  for (const [name, packet] of [
    ['IPv4, TCP', layer3().ip4().tcp()],
    ['IPv6, options, TCP', layer3().ip6().destOptions().tcp()],
  ] as const) {
    it(`${name}: passes as truncated`, () => {
      for (let length = SHORTEST; length < packet.build().length; length++) {
        assert.equal(sentry.run(packet.truncate(length)).outcome, 'PASS_TRUNCATED', `cut to ${length} bytes`);
      }
      assert.equal(sentry.run(packet).outcome, 'PASS_PROBE');
    });
  }
});
