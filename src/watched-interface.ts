import type { Policy } from './config/policy.ts';
import { defaultInterface } from './host/host.ts';
import { requireInterface } from './kernel/attach.ts';

/** Name of the interface that the policy means. Throws XS_ERR_NO_DEFAULT_ROUTE, or XS_ERR_NO_INTERFACE when it is not there. */
export function watchedInterface({ interface: wanted }: Pick<Policy, 'interface'>): string {
  const name = wanted === 'auto' ? defaultInterface() : wanted;
  requireInterface(name);
  return name;
}
