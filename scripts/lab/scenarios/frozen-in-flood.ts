import assert from 'node:assert/strict';
import { send, type Traffic } from '../../bench/traffic.ts';
import { addresses, type Lab } from '../lab.ts';
import { learnedPorts, nmap } from '../nmap.ts';
import { addScanner } from '../scanners.ts';
import { LabSentry, metricValue } from '../sentry.ts';
import { waitUntil } from '../wait.ts';

/** The kernel tells of at most 4,096 probes a second and CPU, and there is room for 40,000: in so many seconds the ring is full. */
const [FLOOD_S, PROBES_PER_SECOND] = [13, 50_000];
const FLOOD: Traffic = { family: 4, sources: 500, ports: 1024, random: true };

const scannerAt = (nth: number) => `198.51.100.${100 + nth}`;

/**
 * The controller is stopped (SIGSTOP) while a flood fills its ring buffer, and sources do what the kernel blocks for. It does so; what found no
 * room is counted; and when the controller goes on, it finds those blocks, its counts are right, and it decides again what is its to decide.
 * Answers how many events were lost.
 */
export async function frozenInFlood(lab: Lab, { scanners }: { readonly scanners: number }): Promise<number> {
  const { sentry: server } = addresses;
  const yaml = `
mode: enforce
rules:
  - { name: fin, kinds: [fin], instant: true, block_for: 1h }
  - { name: patient, kinds: [null], probes: 20, window: 1h, block_for: 1h } # too many for the kernel
`;
  for (let nth = 0; nth <= scanners; nth++) await addScanner(lab, scannerAt(nth));
  const sentry = await LabSentry.start(lab, yaml);
  const scan = (nth: number, ...args: readonly string[]) =>
    nmap(lab.scanner, [
      '-S',
      scannerAt(nth),
      '-e',
      lab.scanner.interface,
      '--max-retries',
      '0',
      ...args,
      server.ipv4,
    ]);

  await sentry.freeze();
  const packets = FLOOD_S * PROBES_PER_SECOND;
  await send(lab, FLOOD, { packets, packetsPerSecond: PROBES_PER_SECOND });
  for (let nth = 0; nth < scanners; nth++) {
    const report = await scan(nth, '-sF', '-p', '1-20');
    assert.equal(learnedPorts(report).count, 1, 'the first probe has decided, and no other was answered');
  }
  sentry.wake();

  const found = await waitUntil('the blocks are found', async () => {
    const blocks = await sentry.blocks();
    return blocks.size === scanners && blocks;
  });
  for (let nth = 0; nth < scanners; nth++)
    assert.equal(found.get(scannerAt(nth))?.reason, 'fin: its event was lost');
  const text = await sentry.metrics();
  const value = (series: string) => metricValue(text, `xdpsentry_${series}`);
  assert.equal(value('probes_total{protocol="tcp",kind="fin"}'), scanners);
  const syns = value('probes_total{protocol="tcp",kind="syn"}');
  assert.equal(value('packets_total{verdict="pass",reason="probe"}'), syns + scanners);
  assert.ok(syns <= packets && syns > packets * 0.99, `${syns} of ${packets}`); // a busy machine loses some on the wire
  assert.equal(value('blocks{origin="local",family="ipv4"}'), scanners);
  const lost = value('events_lost_total{reason="ring_full"}');
  assert.ok(lost > 0);

  await scan(scanners, '-sN', '-p', '1-40');
  const { reason } = await sentry.waitForLine(
    'the block by the controller',
    ({ event, source }) => event === 'blocked' && source === scannerAt(scanners),
  );
  assert.match(String(reason), /^patient: /);
  assert.equal((await sentry.stop()).code, 0);
  return lost;
}
