import { setTimeout as delay } from 'node:timers/promises';
import type { BlockEntry } from '../../../src/control/protocol.ts';
import { send, sourceAt } from '../../bench/traffic.ts';
import { datagramsForNobody } from '../counts.ts';
import { addresses, type Lab } from '../lab.ts';
import { LabSentry } from '../sentry.ts';
import { Stream } from '../stream.ts';

const PORTS = 4;
const POLICY = `
mode: enforce
rules:
  - { name: scan, distinct_ports: ${PORTS}, window: 1h, block_for: 1h }
`;
/** Scanners of a round: fewer than the door lets in at once (docs/floods.md), so that each is to be blocked by its fourth port. */
const SCANNERS = 200;
const PACKETS_PER_SECOND = 1000;
const SCAN_MS = (1000 * SCANNERS * PORTS) / PACKETS_PER_SECOND;

export type KillCounts = {
  readonly kills: number;
  /** Of a source that is blocked all the while. */
  readonly blockedSent: number;
  readonly blockedPassed: number;
  /** Sources that were to be blocked, and that are in the table of the last sentry. */
  readonly scanners: number;
  readonly blocksLost: number;
};

/** Kills the sentry at a random moment of each scan; the scan goes on without it, and then the next sentry starts. */
export async function kills(lab: Lab, count: number): Promise<KillCounts> {
  const { client } = addresses;
  let sentry = await LabSentry.start(lab, POLICY);
  await sentry.command('block', client.ipv4, '--for', 'forever');
  const before = await datagramsForNobody(lab.sentry);
  const stream = await Stream.start(lab, client.ipv4, 2);
  for (let round = 0; round < count; round++) {
    const scan = {
      family: 4,
      sources: SCANNERS,
      ports: PORTS,
      random: false,
      source: sourceAt(4, round * SCANNERS),
    } as const;
    const packets = SCANNERS * PORTS;
    const scanned = send(lab, scan, { packets, packetsPerSecond: PACKETS_PER_SECOND });
    await delay(Math.random() * SCAN_MS);
    await sentry.die();
    await scanned;
    sentry = await LabSentry.start(lab, POLICY);
  }
  const blockedSent = await stream.stop();
  const blocked = new Set((await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source));
  const wanted = Array.from({ length: count * SCANNERS }, (_, nth) => sourceAt(4, nth));
  const blockedPassed = (await datagramsForNobody(lab.sentry)) - before;
  await sentry.stop();
  return {
    kills: count,
    blockedSent,
    blockedPassed,
    scanners: wanted.length,
    blocksLost: [...wanted, client.ipv4].filter((source) => !blocked.has(source)).length,
  };
}
