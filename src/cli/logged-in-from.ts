import { loginPeer } from '../host/login.ts';
import { formatPrefix } from '../values/prefix.ts';

/** Who types a command must not cut himself off: the sentry guards the address that he comes from. */
export function loggedInFrom(): { loggedInFrom?: string } {
  const peer = loginPeer();
  return peer ? { loggedInFrom: formatPrefix(peer) } : {};
}
