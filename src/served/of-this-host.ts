import { followsConnections, isForwarding, legacyTables } from '../host/forwarding.ts';
import { ownAddresses } from '../host/guarded.ts';
import { sctpPorts } from '../host/sockets.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import { type Forwarded, readForwarded } from './forwarded.ts';
import { Served, type ServedParts } from './served.ts';

/** Ports of this host that are served without a socket that could be found. */
export const servedByThisHost = (
  dataPlane: Pick<DataPlane, 'setServed' | 'readServed'>,
  tell: ServedParts['tell'],
): Served =>
  new Served({
    setServed: (ports) => dataPlane.setServed(ports),
    before: dataPlane.readServed(),
    ...{ tell, sctpPorts, readForwarded: forwardedByThisHost, isForwarding },
  });

/** What the rules of this host forward. Never rejects. */
export async function forwardedByThisHost(): Promise<Forwarded> {
  if (!followsConnections()) return { found: new Map(), unanswered: [], failures: [] };
  return await readForwarded(ownAddresses(), { legacyTables });
}
