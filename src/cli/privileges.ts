import type { Policy } from '../config/policy.ts';
import { loginPeer } from '../host/login.ts';
import { keepWhatIsNeeded, limitMainThread } from '../privileges.ts';
import { formatPrefix } from '../values/prefix.ts';
import type { Output } from './output.ts';

/**
 * To be called before anything is begun: this process goes on with the privileges that such a sentry needs, perhaps by executing itself again.
 * Throws XS_ERR_PERMISSION when it has not got those.
 */
export function giveUpPrivileges(policy: Policy, output: Output): void {
  const kept = keepWhatIsNeeded(policy, starterLogin());
  if (kept.length > 0) output.err(`xdpsentry: without CAP_SETPCAP these are kept: ${kept.join(', ')}\n`);
}

/** The same for what this process starts. */
export function givePrivilegesAway(policy: Policy): void {
  limitMainThread(policy, starterLogin());
}

function starterLogin(): string | undefined {
  const login = loginPeer();
  return login && formatPrefix(login);
}
