import { send, sourceAt } from '../../bench/traffic.ts';
import { addresses, type Lab } from '../lab.ts';
import { nmap } from '../nmap.ts';
import { LabSentry, metricValue } from '../sentry.ts';
import { Stream } from '../stream.ts';
import { growthPercent, keptOpen, type Usage, usageOf } from './usage.ts';

/** Blocks that begin and end all the time, of rules of the kernel and of the controller. */
const POLICY = `
mode: enforce
rules:
  - { name: stealth, kinds: [null, fin, xmas], instant: true, block_for: 20s }
  - { name: scan, distinct_ports: 4, window: 60s, block_for: 30s }
  - { name: slow, distinct_ports: 40, window: 1h, block_for: 1m, again: probe }
escalation: off
`;

export type TrafficCounts = {
  readonly minutes: number;
  readonly rounds: number;
  readonly probes: number;
  readonly dropped: number;
  readonly blocks: number;
  readonly alerts: number;
  readonly maxRssKb: number;
  /** Of the resident memory, between the second and the last third. */
  readonly growthPercent: number;
  readonly descriptors: number;
  readonly undecoded: number;
};

/** Scans, floods of forged sources, an innocent stream and readers of the metrics, for so many minutes. */
export async function traffic(lab: Lab, minutes: number): Promise<TrafficCounts> {
  const { sentry: server, client } = addresses;
  const sentry = await LabSentry.start(lab, POLICY);
  const innocent = await Stream.start(lab, client.ipv4, { burst: 1 });
  const samples: Usage[] = [];
  const endMs = performance.now() + minutes * 60_000;
  let rounds = 0;
  while (performance.now() < endMs) {
    const from = (rounds * 997) % 100_000;
    // 2,000 sources that try four ports each: each is blocked, and let in again half a minute later.
    const scanners = {
      family: 4,
      sources: 2000,
      ports: 4,
      random: false,
      source: sourceAt(4, from),
    } as const;
    await send(lab, scanners, { packets: 8000, packetsPerSecond: 4000 });
    const forged = { family: rounds % 2 === 0 ? 4 : 6, sources: 50_000, ports: 1024, random: true } as const;
    await send(lab, forged, { packets: 100_000, packetsPerSecond: 100_000 });
    await nmap(lab.scanner, ['-sX', '-Pn', '-p', '1-50', '--max-retries', '0', server.ipv4]);
    await nmap(lab.scanner, ['-6', '-sS', '-Pn', '-p', '1-50', '--max-retries', '0', server.ipv6]);
    await sentry.metrics();
    samples.push(usageOf(sentry.pid));
    rounds++;
  }
  await innocent.stop();
  const text = await sentry.metrics();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}{[^}]*} (\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  await sentry.stop();
  const rss = samples.map(({ rssKb }) => rssKb);
  return {
    minutes,
    rounds,
    probes: sum('xdpsentry_probes_total'),
    dropped: metricValue(text, 'xdpsentry_packets_total{verdict="drop",reason="blocked"}'),
    blocks: sum('xdpsentry_blocks_added_total'),
    alerts: sum('xdpsentry_alerts_total'),
    maxRssKb: Math.max(...rss),
    growthPercent: Number(growthPercent(rss).toFixed(1)),
    descriptors: keptOpen(samples),
    undecoded: metricValue(text, 'xdpsentry_events_lost_total{reason="undecoded"}'),
  };
}
