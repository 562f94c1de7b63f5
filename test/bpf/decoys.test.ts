import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { eventFlag } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import { type Run, SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const SCANNER = '203.0.113.66';
const DECOYS = ['203.0.113.1', '198.51.100.9', SCANNER, '192.0.2.77'] as const;

type Probe = {
  readonly src: string;
  readonly dport: number;
  readonly seq?: number;
  readonly flags?: string;
  readonly dst?: string;
};

/** Another one in each test: what was sent in the one before is still known. */
let scan = 0;

/** As nmap sends it: one of the scan's sequence numbers, from one of its ports. */
const syn = ({ src, dport, seq = (scan << 16) + dport, flags = 'S', dst = '192.0.2.1' }: Probe) =>
  eth().ip4({ src, dst, id: dport }).tcp({ sport: 50_001, dport, seq, flags });

const udp = (src: string, dport: number, id: number) => eth().ip4({ src, id }).udp({ sport: 50_001, dport });

/** `-` for a probe, `copy`, `blocks` for the one that decides, or what became of it. */
function said({ outcome, events: [event] }: Run): string {
  if (outcome !== 'PASS_PROBE') return outcome;
  const words = [
    event!.flags & eventFlag.EVENT_COPY ? 'copy' : '',
    event!.blockedNs > 0n ? 'blocks' : '',
  ].filter((word) => word !== '');
  return words.join(' ') || '-';
}

describe('decoys', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { ruleCount: 1 } });
    for (const protocol of ['TCP', 'UDP'] as const) sentry.monitor(protocol, [1, 1000]);
  });
  after(() => sentry?.close());
  beforeEach(() => {
    scan++;
    sentry.forgetSources();
    sentry.liftAll();
    sentry.noRules();
    sentry.rule({ ports: 3 });
  });

  const send = (...probes: Probe[]) => probes.map((probe) => said(sentry.run(syn(probe))));

  it('without them, the third port blocks', () => {
    assert.deepEqual(
      send({ src: SCANNER, dport: 1 }, { src: SCANNER, dport: 2 }, { src: SCANNER, dport: 3 }),
      ['-', '-', 'blocks'],
    );
  });

  it('who sends the same as others is not blocked, nor are they', () => {
    for (let dport = 1; dport <= 20; dport++) {
      const run = send(...DECOYS.map((src) => ({ src, dport })));
      assert.deepEqual(run, ['-', 'copy', 'copy', 'copy'], `port ${dport}`);
    }
    for (const src of DECOYS) {
      assert.equal(sentry.blockOf(src), undefined, src);
      assert.equal(sentry.source(src)!.copies, 20, src);
    }
  });

  it('who scans on without them is blocked once they are less than half of it', () => {
    for (const dport of [1, 2]) send(...DECOYS.map((src) => ({ src, dport })));
    const alone = [3, 4, 5].map((dport) => ({ src: SCANNER, dport, seq: 7 }));
    assert.deepEqual(send(...alone), ['-', '-', 'blocks'], 'two of three, two of four, two of five');
    assert.equal(sentry.blockOf(DECOYS[0]), undefined);
  });

  it('a repetition is no copy', () => {
    const once = { src: SCANNER, dport: 1 };
    assert.deepEqual(send(once, once, once), ['-', '-', '-']);
    assert.equal(sentry.source(SCANNER)!.copies, 0);
  });

  const differences: readonly [string, Partial<Probe>][] = [
    ['sequence number', { seq: 99 }],
    ['port', { dport: 2 }],
    ['address', { dst: '192.0.2.2' }],
    ['flags', { flags: 'F' }],
  ];
  for (const [what, other] of differences) {
    it(`another ${what}: no copy`, () => {
      const [, second] = send(
        { src: SCANNER, dport: 1, seq: 5 },
        { src: DECOYS[0], dport: 1, seq: 5, ...other },
      );
      assert.equal(second, '-');
      assert.equal(sentry.source(SCANNER)!.copies, 0);
    });
  }

  it('of UDP the IP identification tells, unless it is 0, which many send', () => {
    const pair = (id: number) => [SCANNER, DECOYS[0]].map((src) => said(sentry.run(udp(src, 5, id))));
    assert.deepEqual(pair(777), ['-', 'copy']);
    sentry.forgetSources();
    assert.deepEqual(pair(0), ['-', '-']);
  });

  it('in IPv6, too', () => {
    const from = (src: string) => sentry.run(eth().ip6({ src }).tcp({ sport: 5, dport: 9, seq: 77 }));
    assert.deepEqual(
      ['2001:db8:1::1', '2001:db8:2::1'].map((src) => said(from(src))),
      ['-', 'copy'],
    );
  });

  it('two addresses of one IPv6 source are no two sources', () => {
    const from = (src: string) => sentry.run(eth().ip6({ src }).tcp({ sport: 6, dport: 9, seq: 77 }));
    assert.deepEqual(
      ['2001:db8:1::1', '2001:db8:1::2'].map((src) => said(from(src))),
      ['-', '-'],
    );
  });
});
