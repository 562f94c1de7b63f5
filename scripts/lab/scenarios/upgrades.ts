import { datagramsForNobody } from '../counts.ts';
import { addresses, type Lab } from '../lab.ts';
import { LabSentry } from '../sentry.ts';
import { Stream } from '../stream.ts';
import { waitUntil } from '../wait.ts';

const POLICY = 'mode: enforce\n';

export type UpgradeCounts = {
  readonly upgrades: number;
  /** Of the blocked source: all of them are to be dropped. */
  readonly blockedSent: number;
  readonly blockedPassed: number;
  /** Of the innocent one: all of them are to pass. */
  readonly innocentSent: number;
  readonly innocentLost: number;
};

/** One sentry after the other, each started when the one before has been told to end, under a stream of a blocked and one of an innocent source. */
export async function upgrades(lab: Lab, count: number): Promise<UpgradeCounts> {
  const { scanner: innocent, client: blocked } = addresses;
  let sentry = await LabSentry.start(lab, POLICY);
  await sentry.command('block', blocked.ipv4, '--for', 'forever');
  const before = await datagramsForNobody(lab.sentry);
  const [bad, good] = [
    await Stream.start(lab, blocked.ipv4, { burst: 2 }),
    await Stream.start(lab, innocent.ipv4, { burst: 1 }),
  ];
  for (let done = 0; done < count; done++) {
    await good.goesOn(200);
    await sentry.leave();
    sentry = await LabSentry.start(lab, POLICY);
  }
  await good.goesOn(200);
  const [blockedSent, innocentSent] = [await bad.stop(), await good.stop()];
  const passed = async () => (await datagramsForNobody(lab.sentry)) - before;
  // What was sent last may be on its way still; what is missing for good shows after a while.
  await waitUntil('all have arrived', async () => (await passed()) >= innocentSent).catch(() => undefined);
  const arrived = await passed();
  await sentry.stop();
  return {
    upgrades: count,
    blockedSent,
    blockedPassed: Math.max(0, arrived - innocentSent),
    innocentSent,
    innocentLost: Math.max(0, innocentSent - arrived),
  };
}
