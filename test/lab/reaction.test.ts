/**
 * At 50,000 probes a second: nothing after the deciding probe is answered, whatever state the controller is in. The network
 * stack answers each SYN that gets to it with a reset, and both ends count these.
 */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { send, type Traffic } from '../../scripts/bench/traffic.ts';
import { resetsSent, segmentsReceived } from '../../scripts/lab/counts.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { addScanner } from '../../scripts/lab/scanners.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import type { BlockEntry, Ports } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const PROBES = 10_000;
const PROBES_PER_SECOND = 50_000;
/** From 1 on; all of them are monitored. */
const PORTS = 1024;

type Family = 4 | 6;
const families: readonly Family[] = [4, 6];
/** The nth address that scans, and the source that it belongs to. */
const scannerAt = (family: Family, nth: number) =>
  family === 4 ? `198.51.100.${100 + nth}` : `2001:db8:0:${100 + nth}::1`;
const sourceAt = (family: Family, nth: number) =>
  family === 4 ? scannerAt(4, nth) : `2001:db8:0:${100 + nth}::/64`;

const rules = [
  {
    title: 'one probe decides',
    decides: 1,
    rule: '{ name: rule, kinds: any, instant: true, block_for: 1h }',
  },
  {
    title: 'four ports decide',
    decides: 4,
    rule: '{ name: rule, distinct_ports: 4, window: 60s, block_for: 1h }',
  },
];

const skip = needs('root', 'bpf', 'netns', 'bpffs', 'live-frames');

for (const { title, decides, rule } of rules) {
  describe(`a scan at 50,000 probes a second where ${title}`, { skip }, () => {
    const policy = `mode: enforce\nrules:\n  - ${rule}\n`;
    let lab: Lab;
    let sentry: LabSentry;
    before(async () => {
      lab = await Lab.create();
      for (const family of families)
        for (const nth of [0, 1, 2]) await addScanner(lab, scannerAt(family, nth));
      sentry = await LabSentry.start(lab, policy);
    });
    after(async () => {
      await lab?.dispose();
    });

    /** Ports 1, 2, 3 … from one address. */
    const scan = async (t: TestContext, family: Family, nth: number) => {
      const traffic: Traffic = {
        family,
        sources: 1,
        ports: PORTS,
        random: false,
        source: scannerAt(family, nth),
      };
      const [sentBefore, receivedBefore] = [
        await resetsSent(lab.sentry),
        await segmentsReceived(lab.scanner),
      ];
      const sent = await send(lab, traffic, { packets: PROBES, packetsPerSecond: PROBES_PER_SECOND });
      assert.equal(sent.packets, PROBES);
      t.diagnostic(`IPv${family}: ${Math.round((sent.packets / sent.ns) * 1e9)} probes a second`);
      const answered = (await resetsSent(lab.sentry)) - sentBefore;
      assert.equal(answered, decides, `${answered} probes over IPv${family} were answered`);
      assert.equal((await segmentsReceived(lab.scanner)) - receivedBefore, decides);
    };
    const scanByBoth = async (t: TestContext, nth: number) => {
      for (const family of families) await scan(t, family, nth);
    };
    const blocks = async () => {
      const entries = await sentry.command<BlockEntry[]>('blocks');
      return new Map(entries.map(({ source, ...entry }) => [source, entry]));
    };
    const isTold = (nth: number) =>
      Promise.all(
        families.map((family) =>
          sentry.waitForLine(
            'the block',
            ({ event, source }) => event === 'blocked' && source === sourceAt(family, nth),
          ),
        ),
      );
    const isHeldBack = async (nth: number) => {
      const found = await blocks();
      for (const family of families)
        assert.equal(found.get(sourceAt(family, nth))?.packets, PROBES - decides, sourceAt(family, nth));
    };

    test('while the controller runs', async (t) => {
      await scanByBoth(t, 0);
      await isTold(0);
      await isHeldBack(0);
    });

    test('while the controller is stopped; when it goes on, it tells of the blocks, and its counts are right', async (t) => {
      await sentry.freeze();
      await scanByBoth(t, 1);
      sentry.wake();
      await isTold(1);
      await isHeldBack(1);
      const { probed } = await sentry.command<Ports>('ports');
      const ports = Array.from({ length: decides }, (_, index) => index + 1);
      const each = { protocol: 'tcp', probes: 2 * families.length };
      assert.deepEqual(
        probed.toSorted((a, b) => a.port - b.port),
        ports.map((port) => ({ ...each, port })),
      );
      const text = await sentry.metrics();
      const value = (series: string) => metricValue(text, `xdpsentry_${series}`);
      const scans = 2 * families.length;
      assert.equal(value('probes_total{protocol="tcp",kind="syn"}'), scans * decides);
      assert.equal(value('packets_total{verdict="pass",reason="probe"}'), scans * decides);
      assert.equal(value('packets_total{verdict="drop",reason="blocked"}'), scans * (PROBES - decides));
      assert.equal(value('alerts_total{rule="rule"}'), scans);
      assert.equal(value('blocks_added_total{origin="local"}'), scans);
      for (const family of families) assert.equal(value(`blocks{origin="local",family="ipv${family}"}`), 2);
      assert.equal(value('events_lost_total{reason="ring_full"}'), 0);
    });

    test('while the controller is dead; the next one finds the blocks', async (t) => {
      await sentry.die();
      await scanByBoth(t, 2);
      sentry = await LabSentry.start(lab, policy);
      for (const nth of [0, 1, 2]) await isHeldBack(nth);
      assert.equal((await blocks()).size, 3 * families.length);
    });
  });
}
