import { kernelRules } from './config/kernel-rules.ts';
import { type Policy, wantsEveryProbe } from './config/policy.ts';
import type { ProgramOptions } from './kernel/program-options.ts';
import type { ListPolicy } from './lists/keeper.ts';

/**
 * Where answers go to. Not only to those of net.ipv4.ip_local_port_range: resolvers, telephone exchanges and whoever is masqueraded behind
 * this host choose others (docs/decisions/0004-late-answers.md).
 */
const CLIENT_PORTS = [1024, 65_535] as const;

/** What the policy makes the XDP program do. */
export const programOptions = (policy: Policy): ProgramOptions => ({
  monitored: policy.monitor,
  rules: kernelRules(policy),
  swallowProbes: policy.probes === 'drop',
  spareServed: policy.served === 'nothing',
  spareDecoys: policy.guardsDecoys,
  tellIgnored: policy.portsentry?.style === '2',
  tellEvery: wantsEveryProbe(policy),
  ephemeralPorts: policy.lateAnswers === 'count' ? [0, 0] : CLIENT_PORTS,
});

export const listPolicy = ({ lists, mode, listCache }: Policy): ListPolicy => ({
  lists,
  isEnforcing: mode === 'enforce',
  cache: listCache,
});

/** Who holds a connection is guarded where something could be done to him. */
export const guardsConnected = ({ guardsConnected: isWanted, mode }: Policy): boolean =>
  isWanted && mode === 'enforce';
