import type { Lab } from '../../lab/lab.ts';

/** Something that drops (or passes) packets, at work on the lab's sentry host. It goes with the lab. */
export type Tool = {
  /** Packets that it has answered for so far, by its own count. */
  handled(): Promise<number>;
};

export type Target = {
  readonly family: 4 | 6;
  /** It drops the first so many of `blockList`. */
  readonly blocks: number;
};

/** Sets it up. Throws `NotAvailable` when this machine or this version cannot. */
export type SetUp = (lab: Lab, target: Target) => Promise<Tool>;

/** A tool that reads its table from a file, ready to do so. */
export type Prepared = {
  /** Runs the tool's own command, and nothing else: for whoever has a clock in the hand. */
  load(): Promise<void>;
  /** Shows packets to what was loaded. */
  use(): Promise<Tool>;
};
export type Prepare = (lab: Lab, target: Target) => Promise<Prepared>;

/** One after the other, for whom the table is all that matters. */
export const inOneGo =
  (prepare: Prepare): SetUp =>
  async (lab, target) => {
    const prepared = await prepare(lab, target);
    await prepared.load();
    return await prepared.use();
  };

/** Says in one sentence why a row is missing. */
export class NotAvailable extends Error {
  override name = 'NotAvailable';
}

/**
 * Frames that are redirected into a veth need a receiver that polls: an XDP program, or GRO, which network cards have on as
 * well. Tools of the network stack get the latter.
 */
export async function enableGro(lab: Lab): Promise<void> {
  await lab.sentry.execute('ethtool', ['--features', lab.sentry.interface, 'gro', 'on']);
}

/** What the driver has counted of the first queue, e.g. `xdp_packets`: all that arrived. */
export async function driverCount(lab: Lab, name: string): Promise<number> {
  const { stdout } = await lab.sentry.execute('ethtool', ['--statistics', lab.sentry.interface]);
  return Number(new RegExp(`rx_queue_0_${name}: (\\d+)`).exec(stdout)?.[1] ?? Number.NaN);
}
