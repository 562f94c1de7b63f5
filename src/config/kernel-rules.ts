import { type Protocol, protocols } from '../detect/probe.ts';
import { isPossible } from '../kernel/names.ts';
import { type KernelRule, slotsOf } from '../kernel/rules.ts';
import { ruleBounds } from '../kernel/wire.generated.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { actionOf, isAboutNetworks, isInstant, type Policy, type PolicyRule } from './policy.ts';

/** Who carries out a rule in enforce mode; `why` the kernel does not, for people. */
export type Carrier =
  | { readonly by: 'kernel'; readonly rule: KernelRule }
  | { readonly by: 'controller'; readonly why: string };

/** The rules that the kernel shall carry out: while observing none, so that it cannot block by mistake. */
export const kernelRules = (policy: Policy): KernelRule[] =>
  policy.mode === 'observe'
    ? []
    : carriersOf(policy).flatMap((carrier) => (carrier.by === 'kernel' ? carrier.rule : []));

/**
 * For each rule, in their order, who carries it out. The kernel takes what it can decide exactly as the detector would; where
 * it has not room for all, the first ones.
 */
export function carriersOf({ rules }: Pick<Policy, 'rules'>): Carrier[] {
  let rulesLeft: number = ruleBounds.RULES_MAX;
  let slotsLeft: number = ruleBounds.RULE_SLOTS;
  return rules.map((rule, number): Carrier => {
    const obstacle = obstacleTo(rule);
    if (obstacle !== undefined) return { by: 'controller', why: obstacle };
    const { ports, probes } = slotsOf(rule);
    if (ports + probes > 0) {
      if (rulesLeft === 0)
        return { by: 'controller', why: `the kernel has room for ${ruleBounds.RULES_MAX} rules` };
      if (ports + probes > slotsLeft)
        return { by: 'controller', why: `the rules before it leave too little room in the kernel` };
      rulesLeft--;
      slotsLeft -= ports + probes;
    }
    return { by: 'kernel', rule: toKernelRule(rule, number) };
  });
}

/** What keeps the rule out of the kernel, wherever it stands; undefined: nothing. */
function obstacleTo(rule: PolicyRule): string | undefined {
  const seen = protocolsOf(rule);
  const blocking = blockingOf(rule);
  if (seen.length === 0)
    return rule.kinds.has('connect') ? 'it counts connections to `listen`' : 'no packet counts for it';
  if (blocking.length === 0) return 'it does not block';
  // One probe is of one protocol. Of several, the kernel would have to count those of the other one, too.
  if (blocking.length < seen.length && !isInstant(rule)) return 'it blocks by one protocol only';
  if (rule.only) return 'it counts some ports only';
  if (rule.research) return 'it tells research scanners from others';
  if (isAboutNetworks(rule)) return 'it counts sources of a network together';
  if (rule.tools) return 'it counts marks of tools';
  if (rule.hosts > 1) return 'it counts addresses of this host';
  if (rule.targets > 1) return 'it counts targets';
  const { ports, probes } = slotsOf(rule);
  if (ports > ruleBounds.RULE_THRESHOLD) return `it takes more than ${ruleBounds.RULE_THRESHOLD} ports`;
  if (probes > ruleBounds.RULE_THRESHOLD) return `it takes more than ${ruleBounds.RULE_THRESHOLD} probes`;
  return undefined;
}

const toKernelRule = (rule: PolicyRule, number: number): KernelRule => ({
  number,
  kinds: rule.kinds,
  protocols: blockingOf(rule),
  ports: rule.ports,
  probes: rule.probes,
  windowNs: rule.windowNs,
  durationNs: rule.blockMs === undefined ? undefined : rule.blockMs * NS_PER_MS,
});

/** Protocols of the probes from the wire that the rule counts. */
const protocolsOf = ({ kinds, protocol }: PolicyRule): Protocol[] =>
  protocols.filter(
    (it) => (protocol ?? it) === it && [...kinds].some((kind) => kind !== 'connect' && isPossible(it, kind)),
  );

const blockingOf = (rule: PolicyRule): Protocol[] =>
  protocolsOf(rule).filter((protocol) => actionOf(rule, protocol) === 'block');
