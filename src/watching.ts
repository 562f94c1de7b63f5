import { kernelRules } from './config/kernel-rules.ts';
import { type Policy, wantsEveryProbe } from './config/policy.ts';
import { sctpPorts } from './host/sockets.ts';
import type { ProgramOptions } from './kernel/program-options.ts';
import type { ListPolicy } from './lists/keeper.ts';
import { PortSet } from './values/ports.ts';

/**
 * Where answers go to. Not only to those of net.ipv4.ip_local_port_range: resolvers, telephone exchanges and whoever is masqueraded behind
 * this host choose others (docs/decisions/0004-late-answers.md).
 */
const CLIENT_PORTS = [1024, 65_535] as const;

/** What the policy makes the XDP program do. */
export const programOptions = (policy: Policy): ProgramOptions => ({
  monitored: { ...policy.monitor, sctp: unusedSctp(policy.monitor.sctp) },
  rules: kernelRules(policy),
  swallowProbes: policy.probes === 'drop',
  spareServed: policy.served === 'nothing',
  spareDecoys: policy.guardsDecoys,
  tellIgnored: policy.portsentry?.style === '2',
  tellEvery: wantsEveryProbe(policy),
  ephemeralPorts: policy.lateAnswers === 'count' ? [0, 0] : CLIENT_PORTS,
});

/** As they are now: what is bound to later is noticed with the next reload. */
function unusedSctp(monitored: PortSet | undefined): PortSet {
  const unused = PortSet.of(monitored ?? []);
  for (const port of sctpPorts()) unused.delete(port);
  return unused;
}

export const listPolicy = ({ lists, mode, listCache }: Policy): ListPolicy => ({
  lists,
  isEnforcing: mode === 'enforce',
  cache: listCache,
});

/** Who holds a connection is guarded where something could be done to him. */
export const guardsConnected = ({ guardsConnected: isWanted, mode }: Policy): boolean =>
  isWanted && mode === 'enforce';
