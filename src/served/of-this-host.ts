import { followsConnections, legacyTables } from '../host/forwarding.ts';
import { ownAddresses } from '../host/guarded.ts';
import { noPorts } from './findings.ts';
import { type Forwarded, readForwarded } from './forwarded.ts';

/** What the rules of this host forward. Never rejects. */
export async function forwardedByThisHost(): Promise<Forwarded> {
  if (!followsConnections()) return { ports: noPorts(), unread: [], failures: [] };
  return await readForwarded(ownAddresses(), { legacyTables });
}
