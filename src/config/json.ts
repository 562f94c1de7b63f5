import type { PortSet } from '../values/ports.ts';
import { formatPrefix } from '../values/prefix.ts';
import { isInstant, type Policy, type PolicyRule } from './policy.ts';

/** The policy for programs: ports and prefixes as text, durations in seconds, null for what has no limit. */
export function policyToJson(policy: Policy) {
  return {
    origin: policy.origin,
    mode: policy.mode,
    interface: policy.interface,
    attach: policy.attach,
    monitor: portsToJson(policy.monitor),
    probes: policy.probes,
    ignore: policy.ignore.map(formatPrefix),
    ipv6_source_prefix_bits: policy.sourceBits6,
    rules: policy.rules.map(ruleToJson),
    tables: { ...policy.tables },
    metrics: { ...policy.metrics },
    socket: policy.socket,
    log: { ...policy.log },
  };
}

const portsToJson = ({ tcp, udp }: { readonly tcp: PortSet; readonly udp: PortSet }) => ({
  tcp: tcp.toString(),
  udp: udp.toString(),
});

function ruleToJson(rule: PolicyRule) {
  return {
    name: rule.name,
    kinds: [...rule.kinds],
    only: rule.only ? portsToJson(rule.only) : null,
    distinct_ports: rule.ports,
    probes: rule.probes,
    instant: isInstant(rule),
    window_seconds: rule.windowNs / 1e9,
    action: rule.action,
    block_for_seconds: rule.blockMs === undefined ? null : rule.blockMs / 1000,
  };
}
