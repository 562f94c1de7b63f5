import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WallClock } from '../clock.ts';
import { addresses, type Lab } from '../lab.ts';
import { cutPower } from '../power-cut.ts';
import { LabSentry } from '../sentry.ts';
import { Stream } from '../stream.ts';
import { waitUntil } from '../wait.ts';

const LONG_S = 3600;
/** Long enough for what is done while it lasts, on a machine that does other things too. */
const SHORT_S = 8;
const LONG = '2001:db8:0:20::/64';

/** What times in words, and looks at clocks one after the other, may differ by. */
const SOON_MS = 3000;

const isNear = (ms: number, wantedMs: number, what: string) =>
  assert.ok(Math.abs(ms - wantedMs) < SOON_MS, `${what}: ${ms} is not ${wantedMs} ms`);

/**
 * The wall clock of the sentry is set, by each of these times one after the other, while two sources go on sending: one is blocked for an
 * hour, and again and again one for some seconds. No end moves: in the kernel, in words, in the database, after a restart, and after a boot.
 */
export async function steppedClock(lab: Lab, shiftsMs: readonly number[]): Promise<void> {
  const { client } = addresses;
  const clock = await WallClock.create(lab.directory);
  const database = join(lab.directory, 'memory.db');
  let boots = 0;
  const start = async () => {
    // Another boot is told by its id, and the kernel has one for all.
    const bootId = join(lab.directory, 'boot_id');
    writeFileSync(bootId, `00000000-0000-4000-8000-${String(boots).padStart(12, '0')}\n`);
    const mount = `mount --bind ${bootId} /proc/sys/kernel/random/boot_id && exec "$@"`;
    const before = ['unshare', '--mount', 'sh', '-c', mount, 'sh', ...clock.before];
    return await LabSentry.start(lab, `mode: enforce\nmemory: { path: ${database} }\n`, [], before);
  };
  /** Wall clock at boot time zero, as the database has it, with what stands in its log of changes. */
  const notedOffsetMs = () => {
    const copy = `${database}.copy`;
    for (const suffix of ['', '-wal']) {
      rmSync(copy + suffix, { force: true });
      if (existsSync(database + suffix)) copyFileSync(database + suffix, copy + suffix);
    }
    const read = new DatabaseSync(copy, { readOnly: false });
    try {
      return (read.prepare('SELECT offset_ms AS offset FROM clock').get() as { offset: number }).offset;
    } finally {
      read.close();
    }
  };

  let sentry = await start();
  const [short, long] = [await Stream.start(lab, client.ipv4), await Stream.start(lab, client.ipv6)];
  await long.getsThrough();
  await sentry.ask({ command: 'block', source: LONG, durationMs: LONG_S * 1000, reason: null });
  const begunMs = performance.now();
  const passed = await long.passed();
  const offsetMs = notedOffsetMs();

  /** That the block for an hour ends when it would have, as the sentry tells it, and lets nobody in. */
  const lasts = async (what: string) => {
    const block = (await sentry.blocks()).get(LONG);
    assert.ok(block?.until, `${what}: it is there`);
    const leftMs = LONG_S * 1000 - (performance.now() - begunMs);
    isNear(block.remainingSeconds! * 1000, leftMs, `${what}: what is left`);
    isNear(Date.parse(block.until), clock.now() + leftMs, `${what}: its end`);
    isNear(Date.parse(block.until) - Date.parse(block.since), LONG_S * 1000, `${what}: its length`);
    const { packets } = block;
    await waitUntil('it drops packets', async () => (await sentry.blocks()).get(LONG)!.packets > packets);
    assert.equal((await long.passed()) - passed, 0, `${what}: nothing got through`);
  };

  for (const shiftMs of shiftsMs) {
    const endsMs = performance.now() + SHORT_S * 1000;
    await sentry.ask({ command: 'block', source: client.ipv4, durationMs: SHORT_S * 1000, reason: null });
    clock.set(shiftMs);
    const { remainingSeconds } = (await sentry.blocks()).get(client.ipv4)!;
    assert.ok(remainingSeconds! > 0 && remainingSeconds! <= SHORT_S, `${remainingSeconds} s are left`);
    await lasts(`set by ${shiftMs} ms`);
    await short.getsThrough();
    assert.ok(performance.now() >= endsMs, 'not before its end');
    const { time } = await sentry.waitFor('the end', () =>
      sentry.lines().findLast(({ event, source }) => event === 'unblocked' && source === client.ipv4),
    );
    isNear(Date.parse(time), clock.now(), 'the log goes by the clock that was set');
    await waitUntil(
      'the database has the new time',
      async () => Math.abs(notedOffsetMs() - offsetMs - shiftMs) < SOON_MS,
    );

    await sentry.die();
    sentry = await start();
    await lasts(`set by ${shiftMs} ms, after a restart`);
  }

  // Set once more, and then nothing happens that would have to be written down: after the boot the wall clock is all there is.
  clock.set(0);
  await waitUntil(
    'the database has the new time',
    async () => Math.abs(notedOffsetMs() - offsetMs) < SOON_MS,
  );
  await cutPower(lab, sentry);
  await long.stop();
  boots++;
  sentry = await start();
  const block = (await sentry.blocks()).get(LONG);
  isNear(block!.remainingSeconds! * 1000, LONG_S * 1000 - (performance.now() - begunMs), 'after a boot');
  assert.equal((await sentry.stop()).code, 0);
  await short.stop();
}
