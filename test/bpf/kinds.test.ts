import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { cases, families } from '../support/sentry-object/cases.ts';
import type { KindName } from '../support/sentry-object/names.ts';
import { SentryObject } from '../support/sentry-object.ts';

/**
 * What the words of the wire say of flags, in words: the first line that holds decides. `has` asks for all of the
 * letters, `are` for these and no others, among the six flags that a scan plays with.
 */
function kindInWords(byte: number): KindName | 'reply' {
  const letters = [...'FSRPAU'].filter((_, bit) => (byte >> bit) & 1).join('');
  const are = (set: string) => letters === set;
  const has = (set: string) => [...set].every((letter) => letters.includes(letter));

  if (are('')) return 'NULL';
  if (are('F')) return 'FIN';
  if (are('FPU')) return 'XMAS';
  // Two of SYN, FIN and RST: no connection has that anywhere.
  if (has('SF') || has('SR') || has('FR')) return has('A') || has('R') ? 'ODD_REPLY' : 'ODD';
  // Answers: SYN-ACK, RST.
  if (has('SA') || has('R')) return 'reply';
  if (has('S')) return 'SYN';
  if (has('FA')) return 'MAIMON';
  if (has('A')) return 'ACK';
  // Neither opens nor answers nor acknowledges: PSH, URG, FIN+PSH, …
  return 'ODD';
}

describe('the kind of a TCP probe', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
  });
  after(() => sentry?.close());

  for (const { family, ip } of families) {
    it(`${family}: each of the 256 flag bytes is what the words say`, () => {
      for (let flags = 0; flags < 256; flags++) {
        sentry.forgetSources();
        const kind = kindInWords(flags);
        const run = sentry.run(ip(eth()).tcp({ flags }));
        const says = `flags 0x${flags.toString(16)}`;
        if (kind === 'reply') {
          assert.deepEqual(
            run,
            { verdict: 'PASS', outcome: 'PASS_REPLY', probes: {}, ports: {}, lost: {}, events: [] },
            says,
          );
        } else {
          assert.equal(run.verdict, 'PASS', says);
          assert.equal(run.outcome, 'PASS_PROBE', says);
          assert.deepEqual(run.probes, { [`TCP ${kind}`]: 1 }, says);
          assert.deepEqual(
            run.events.map((event) => [event.kind, event.tcpFlags]),
            [[kind, flags]],
            says,
          );
        }
      }
    });
  }

  const probe = (says: string, flags: string, kind: KindName) => ({
    says,
    packet: eth().ip4().tcp({ flags }),
    outcome: 'PASS_PROBE' as const,
    probe: `TCP ${kind}`,
  });

  // The famous ones once more, by hand, lest the words above share a mistake with the program.
  cases(
    () => sentry,
    [
      probe('nmap -sS: SYN', 'S', 'SYN'),
      probe('a SYN that offers ECN is a SYN', 'SEC', 'SYN'),
      probe('nmap -sF: FIN', 'F', 'FIN'),
      probe('nmap -sN: nothing', '', 'NULL'),
      probe('nothing but ECN bits is nothing', 'EC', 'NULL'),
      probe('nmap -sX: FIN, PSH, URG', 'FPU', 'XMAS'),
      probe('nmap -sM: FIN, ACK', 'FA', 'MAIMON'),
      probe('nmap -sA and -sW: ACK', 'A', 'ACK'),
      probe('data out of nowhere: PSH, ACK', 'PA', 'ACK'),
      probe('SYN, FIN', 'SF', 'ODD'),
      probe('SYN, FIN, PSH, URG', 'SFPU', 'ODD'),
      probe('SYN, RST', 'SR', 'ODD_REPLY'),
      probe('FIN, RST', 'FR', 'ODD_REPLY'),
      probe('SYN, FIN, ACK', 'SFA', 'ODD_REPLY'),
      probe('all of them', 'FSRPAUEC', 'ODD_REPLY'),
      probe('PSH alone', 'P', 'ODD'),
      probe('URG alone', 'U', 'ODD'),
      { says: 'SYN-ACK is an answer', packet: eth().ip4().tcp({ flags: 'SA' }), outcome: 'PASS_REPLY' },
      {
        says: 'SYN-ACK with ECN is an answer',
        packet: eth().ip4().tcp({ flags: 'SAE' }),
        outcome: 'PASS_REPLY',
      },
      { says: 'RST is an answer', packet: eth().ip4().tcp({ flags: 'R' }), outcome: 'PASS_REPLY' },
      { says: 'RST, ACK is an answer', packet: eth().ip4().tcp({ flags: 'RA' }), outcome: 'PASS_REPLY' },
    ],
  );

  cases(
    () => sentry,
    [0, 1, 2, 3, 4].flatMap((doff) =>
      families.map(({ family, ip }) => ({
        says: `${family}: a TCP header of ${doff} words is impossible`,
        packet: ip(eth()).tcp({ doff }),
        outcome: 'PASS_BAD_HEADER' as const,
      })),
    ),
  );
  cases(
    () => sentry,
    families.flatMap(({ family, ip }) => [
      {
        says: `${family}: a datagram`,
        packet: ip(eth()).udp().bytes(8),
        outcome: 'PASS_PROBE',
        probe: 'UDP UDP',
      },
      {
        says: `${family}: an empty datagram`,
        packet: ip(eth()).udp(),
        outcome: 'PASS_PROBE',
        probe: 'UDP UDP',
      },
      {
        says: `${family}: a datagram that calls itself shorter than its own header`,
        packet: ip(eth()).udp({ length: 7 }),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: `${family}: a TCP header that calls itself longer than the packet`,
        packet: ip(eth()).tcp({ doff: 6 }),
        outcome: 'PASS_BAD_HEADER',
      },
      {
        says: `${family}: the longest TCP header`,
        packet: ip(eth()).tcp({ options: new Array<number>(40).fill(1) }),
        outcome: 'PASS_PROBE',
        probe: 'TCP SYN',
      },
    ]),
  );
});
