/**
 * Lists of a million addresses come, are refreshed and go while sources scan, each of which has to be caught; and whoever is on a
 * list is kept out without a gap.
 */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Sent } from '../../scripts/bench/generate.ts';
import { send, sourceAt, type Traffic } from '../../scripts/bench/traffic.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MILLION = 1_000_000;
/** Each goes through so many ports and is caught at the fourth. */
const PORTS = 6;
/** That many in one go, 100 a second: few enough that each is tracked from its first probe on. */
const SCANNERS_A_GO = 50;
const PROBES_PER_SECOND = 600;
const LISTED = '198.19.255.1';
/** Of the one that is on the list, again and again; long, so that there is hardly a pause between two. */
const A_STREAM = { packets: 12_000, packetsPerSecond: 4000 } as const;

const policy = (file: string) => `
mode: enforce
rules:
  - { name: scan, distinct_ports: 4, window: 60s, block_for: 1h }
lists:
  - { name: million, file: ${file} }
`;

/** Addresses as lists have them: all over the Internet, in no order. The multiplier is odd, so no address comes twice. */
function* addressesOf(count: number, first: number): Generator<string> {
  for (let number = first; count > 0; number++) {
    const address = Math.imul(number, 0x9e37_79b1) >>> 0;
    const top = address >>> 24;
    if (top < 11 || top > 99) continue; // there are private ones in the rest, which would be left out
    count--;
    yield [top, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff].join('.');
  }
}

const listOf = (first: number): string => `${LISTED}\n${[...addressesOf(MILLION - 1, first)].join('\n')}\n`;

/** Sends again and again until the work is done, or has failed: traffic that only ran for a time could be over before. */
async function underTraffic(sendOnce: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  let isDone = false;
  const sending = (async () => {
    while (!isDone) await sendOnce();
  })();
  const working = work().finally(() => {
    isDone = true;
  });
  await Promise.all([working, sending]);
}

describe('lists of a million addresses under a stream of scans', {
  skip: needs('root', 'bpf', 'netns', 'live-frames'),
}, () => {
  let lab: Lab;
  let sentry: LabSentry;
  let file: string;
  before(async () => {
    lab = await Lab.create();
    file = join(lab.directory, 'million.txt');
    writeFileSync(file, '# nothing yet\n');
    sentry = await LabSentry.start(lab, policy(file));
    await sentry.waitForLine('the empty list', ({ event }) => event === 'list_loaded');
  });
  after(async () => {
    await lab?.dispose();
  });

  /** A file that appears at once, as everybody should replace a list. */
  const replace = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  /** One after the other, each when the one before is in force. */
  const load = async (texts: readonly string[]) => {
    for (const text of texts) {
      const before = loads();
      replace(text);
      await sentry.waitFor('the list', () => loads() > before);
    }
  };
  const loads = () => sentry.lines().filter(({ event }) => event === 'list_loaded').length;
  /** The scanners from the nth on. */
  const scan = (nth: number): Promise<Sent> => {
    const traffic = { family: 4, ports: PORTS, random: false } as const;
    const amount = { packets: SCANNERS_A_GO * PORTS, packetsPerSecond: PROBES_PER_SECOND };
    return send(lab, { ...traffic, sources: SCANNERS_A_GO, source: sourceAt(4, nth) }, amount);
  };
  const entries = async () => {
    const text = await sentry.metrics();
    return metricValue(text, 'xdpsentry_list_entries{list="million",family="ipv4"}');
  };

  test('none of the scanners is missed while a list is loaded, refreshed and let go', async () => {
    const lists = [listOf(1), listOf(500_000), '# nothing any more\n'];
    let scanners = 0;
    await underTraffic(
      async () => {
        await scan(scanners);
        scanners += SCANNERS_A_GO;
      },
      () => load(lists),
    );
    // Not by the log, which sums up what is more than 100 lines a second.
    await waitUntil('the controller has answered them all', async () => {
      const text = await sentry.metrics();
      return metricValue(text, 'xdpsentry_blocks_added_total{origin="local"}') >= scanners;
    });
    const caught = new Set((await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source));
    const missed = Array.from({ length: scanners }, (_, nth) => sourceAt(4, nth)).filter(
      (source) => !caught.has(source),
    );
    assert.deepEqual(missed, [], `of ${scanners}`);
    assert.equal(await entries(), 0);
  });

  test('who is on the list before and after is kept out all the while', async () => {
    await load([listOf(1)]);
    assert.equal(await entries(), MILLION);
    const traffic: Traffic = { family: 4, sources: 1, ports: 1024, random: false, source: LISTED };
    let packets = 0;
    await underTraffic(
      async () => {
        packets += (await send(lab, traffic, A_STREAM)).packets;
      },
      () => load([listOf(500_000), listOf(900_000)]),
    );
    const text = await sentry.metrics();
    assert.equal(metricValue(text, 'xdpsentry_packets_total{verdict="drop",reason="listed"}'), packets);
    assert.equal(metricValue(text, 'xdpsentry_list_packets_total{list="million"}'), packets);
  });
});
