import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Packet } from '../../../scripts/packets/packet.ts';
import type { SentryObject } from '../sentry-object.ts';
import type { OutcomeName, VerdictName } from './names.ts';

/** One row of a table: a packet, and what becomes of it. */
export type Case = {
  readonly says: string;
  readonly packet: Packet | Uint8Array;
  /** PASS_… or DROP_…, which is also the verdict. */
  readonly outcome: OutcomeName;
  /** Protocol and kind of the probe that it is: `TCP SYN`. Without it, no probe. */
  readonly probe?: string;
  /** Port at which the probe is counted. */
  readonly port?: number;
};

const DPORT = 11; // what the packet builder takes where a test does not care

/** A test for each row: verdict, the one counter, and for probes kind, port and event. */
export function cases(sentry: () => SentryObject, rows: readonly Case[]): void {
  for (const row of rows) {
    it(row.says, () => {
      sentry().forgetSources();
      const run = sentry().run(row.packet);
      const expected = row.probe === undefined ? nothing(row) : probe(row, row.probe);
      assert.deepEqual(
        { ...run, events: run.events.map((event) => `${event.proto} ${event.kind} ${event.dport}`) },
        expected,
      );
    });
  }
}

function nothing({ outcome }: Case) {
  return { verdict: verdictOf(outcome), outcome, probes: {}, ports: {}, lost: {}, events: [] };
}

function probe({ outcome, port = DPORT }: Case, kind: string) {
  const [proto] = kind.split(' ');
  return {
    verdict: verdictOf(outcome),
    outcome,
    probes: { [kind]: 1 },
    ports: { [`${proto} ${port}`]: 1 },
    lost: {},
    events: [`${kind} ${port}`],
  };
}

const verdictOf = (outcome: OutcomeName): VerdictName => (outcome.startsWith('DROP') ? 'DROP' : 'PASS');

/** Both IP versions, for tables that hold for either. */
export const families = [
  { family: 'IPv4', ip: (packet: Packet) => packet.ip4() },
  { family: 'IPv6', ip: (packet: Packet) => packet.ip6() },
] as const;
