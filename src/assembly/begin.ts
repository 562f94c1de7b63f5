import type { CareParts } from '../care.ts';
import { startCare } from '../care.ts';
import { SentryError } from '../errors.ts';
import type { Connections } from '../exempt/connections.ts';
import type { Exempt } from '../exempt/exempt.ts';
import type { Logins } from '../exempt/logins.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { ListKeeper } from '../lists/keeper.ts';
import type { Remembrance } from '../memory/remembrance.ts';
import { restore } from '../memory/restore.ts';
import type { Live } from '../reload/reload.ts';
import { remarksOn } from '../remarks.ts';
import type { Served } from '../served/served.ts';
import type { Trial } from '../trial.ts';

/** How long the program of a sentry before this one goes on at most until the lists are here. */
const LISTS_MS = 10_000;

export type BeginParts = Omit<CareParts, 'policy' | 'lookAtConnections'> &
  Omit<Parameters<typeof restore>[0], 'policy'> & {
    readonly live: Live;
    readonly dataPlane: DataPlane;
    readonly connections: Connections;
    readonly logins: Logins;
    readonly exempt: Exempt;
    readonly served: Pick<Served, 'look' | 'lookNow'>;
    readonly lists: ListKeeper;
    readonly trial: Trial;
    readonly isGuardingConnected: () => boolean;
    /** Brings back what is remembered from before. */
    readonly remember: () => ReturnType<Remembrance['open']>;
  };

/**
 * Puts everything in force, in the order in which nobody is let through or cut off for a moment: first whom not to block, then the blocks of
 * before, the ports that are served and the lists, then the interfaces, and then the looking after what changes. Throws a SentryError.
 */
export async function begin(parts: BeginParts): Promise<{ stop(): void }> {
  const { live, dataPlane, connections, logins, exempt, blocks, lists, trial, warn, lookAtInterfaces } =
    parts;
  const { policy } = live;
  await connections.look(); // who is logged in still, of those whom a sentry before has known
  logins.keepIn(dataPlane.logins);
  exempt.lookAtHost();
  dataPlane.setOwn(exempt.own);
  await parts.remember();
  restore({ ...parts, policy });
  await parts.served.lookNow();
  lists.start();
  if (dataPlane.isSuccessor) await lists.firstLoads(LISTS_MS); // until then those of the sentry before are in force
  // Not before, or who was blocked had a moment in which he is not. And last of what may fail: what a sentry before has left on the
  // interface does its work until this one can.
  trial.begin();
  const dropped = dataPlane.attach();
  lookAtInterfaces();
  const { attachments } = dataPlane;
  if (attachments.length === 0 && live.interfaces.matched().length > 0)
    throw new SentryError('XS_ERR_NO_INTERFACE', `none of ${policy.interfaces.join(', ')} can be watched`);
  for (const name of dropped)
    warn(`the sentry before watched ${name}, and this one does not: its program is taken off`);
  for (const attachment of attachments) remarksOn(attachment).forEach(warn);
  if (dataPlane.isSuccessor) await blocks.reconcile(() => 'from before this start');
  return startCare({
    ...parts,
    policy: () => live.policy,
    async lookAtConnections() {
      if (parts.isGuardingConnected() || logins.size > 0) await connections.look();
    },
  });
}
