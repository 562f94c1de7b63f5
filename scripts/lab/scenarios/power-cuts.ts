import assert from 'node:assert/strict';
import { join } from 'node:path';
import { addresses, type Lab } from '../lab.ts';
import { nmap } from '../nmap.ts';
import { cutPower } from '../power-cut.ts';
import { LabSentry } from '../sentry.ts';
import { Stream } from '../stream.ts';
import { waitUntil } from '../wait.ts';

const CLIENT6 = '2001:db8:0:20::/64';
/** Of the blocks of a round, by their number: every seventh is over soon, every fifth is lifted again. */
const [SHORT_EVERY, LIFTED_EVERY] = [7, 5];
const SHORT_MS = 1000;
/** What an end may have moved by: milliseconds of rounding, and a word that is rounded up. */
const SOON_MS = 2000;

export type Amount = {
  readonly cuts: number;
  /** Before each cut. */
  readonly blocks: number;
};

/** An address, a network, an IPv6 network, in turn; none of them twice. */
function sourceAt(nth: number): string {
  const [high, low] = [nth >> 8, nth & 255];
  if (nth % 3 === 0) return `198.18.${high}.${low}`;
  return nth % 3 === 1 ? `203.${high}.${low}.0/24` : `2001:db8:${(0x1000 + nth).toString(16)}::/48`;
}

/**
 * The power is cut again and again: the process and all that is in the kernel go, the database stays. Each time every block that has not
 * ended is in force before the interface is watched: of the sources that go on sending not one packet is let through, and nobody is blocked
 * who was let in again, or whose time is over. Answers how many blocks there are in the end.
 */
export async function powerCuts(lab: Lab, { cuts, blocks }: Amount): Promise<number> {
  const { client, scanner, sentry: server } = addresses;
  const yaml = `
mode: enforce
rules: [{ name: scan, distinct_ports: 4, window: 1h, block_for: 1h }]
memory: { path: ${join(lab.directory, 'memory.db')} }
`;
  let sentry = await LabSentry.start(lab, yaml);
  /** Each with its end, in milliseconds of a clock that nobody sets. */
  const standing = new Map<string, number>();
  const block = async (source: string, durationMs: number | null) => {
    await sentry.ask({ command: 'block', source, durationMs, reason: 'a test' });
    standing.set(source, durationMs === null ? Number.POSITIVE_INFINITY : performance.now() + durationMs);
  };
  await block(client.ipv4, null);
  await block(CLIENT6, 3_600_000);
  await nmap(lab.scanner, ['-sS', '-p', '1-20', '--max-retries', '0', server.ipv4]);
  const { until } = await waitUntil('the scanner is blocked', async () => {
    return (await sentry.blocks()).get(scanner.ipv4) ?? false;
  });
  standing.set(scanner.ipv4, performance.now() + Date.parse(until!) - Date.now());
  const streams = [await Stream.start(lab, client.ipv4), await Stream.start(lab, client.ipv6)];

  for (let cut = 0, nth = 0; cut < cuts; cut++) {
    for (const last = nth + blocks; nth < last; nth++) {
      await block(sourceAt(nth), nth % SHORT_EVERY === 0 ? SHORT_MS : 3_600_000);
      if (nth % LIFTED_EVERY !== 0) continue;
      await sentry.ask({ command: 'unblock', source: sourceAt(nth) });
      standing.delete(sourceAt(nth));
    }
    await sentry.ask({ command: 'history', source: null, sinceMs: null, limit: 1 }); // waits until all is written
    await cutPower(lab, sentry);
    sentry = await LabSentry.start(lab, yaml);

    for (const source of [client.ipv4, CLIENT6]) {
      await waitUntil(
        `packets of ${source} are dropped`,
        async () => (await sentry.blocks()).get(source)!.packets > 0,
      );
    }
    const { outcomes } = await sentry.ask({ command: 'status' });
    const through = outcomes.find(({ reason }) => reason === 'not_monitored')?.packets;
    assert.equal(through, 0, `cut ${cut}: ${through} packets were let through`);
    const found = await sentry.blocks();
    for (const [source, endMs] of standing) {
      const leftMs = endMs - performance.now();
      if (leftMs < -SOON_MS) {
        assert.ok(!found.has(source), `cut ${cut}: ${source} is blocked, and its time is over`);
        standing.delete(source);
      } else if (leftMs > SOON_MS) {
        const left = found.get(source)?.remainingSeconds;
        assert.notEqual(left, undefined, `cut ${cut}: ${source} is not blocked`);
        const isRight =
          left === null ? leftMs === Number.POSITIVE_INFINITY : Math.abs(left! * 1000 - leftMs) < SOON_MS;
        assert.ok(isRight, `cut ${cut}: ${source} is blocked for ${left} s, and not for ${leftMs} ms`);
      }
    }
    assert.deepEqual(
      [...found.keys()].filter((source) => !standing.has(source)),
      [],
      'nobody else is blocked',
    );
  }
  for (const stream of streams) await stream.stop();
  assert.equal((await sentry.stop()).code, 0);
  return standing.size;
}
