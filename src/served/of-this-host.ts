import { followsConnections, isForwarding, legacyTables } from '../host/forwarding.ts';
import { ownAddresses } from '../host/guarded.ts';
import { sctpPorts } from '../host/sockets.ts';
import { noPorts } from './findings.ts';
import { type Forwarded, readForwarded } from './forwarded.ts';
import { Served, type ServedParts } from './served.ts';

/** Ports of this host that are served without a socket that could be found. */
export const servedByThisHost = (setServed: ServedParts['setServed'], tell: ServedParts['tell']): Served =>
  new Served({ setServed, tell, sctpPorts, readForwarded: forwardedByThisHost, isForwarding });

/** What the rules of this host forward. Never rejects. */
export async function forwardedByThisHost(): Promise<Forwarded> {
  if (!followsConnections()) return { ports: noPorts(), unread: [], failures: [] };
  return await readForwarded(ownAddresses(), { legacyTables });
}
