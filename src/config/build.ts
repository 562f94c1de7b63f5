import type { Protocol } from '../detect/probe.ts';
import { NS_PER_MS, parseDuration } from '../values/duration.ts';
import { PortSet } from '../values/ports.ts';
import type { Policy, PolicyRule } from './policy.ts';
import { kindsOf, ruleDefaults } from './rule-schema.ts';
import type { Config } from './schema.ts';

/** The policy that a configuration file describes. */
export function toPolicy(config: Config, origin: string): Policy {
  return {
    origin,
    mode: config.mode,
    interface: config.interface,
    attach: config.attach,
    monitor: { tcp: watched(config.monitor.tcp), udp: watched(config.monitor.udp) },
    probes: config.probes,
    ignore: config.ignore,
    sourceBits6: config.ipv6_source_prefix,
    rules: config.rules.map(toRule),
    tables: config.tables,
    metrics: config.metrics.listen,
    socket: config.socket,
    log: config.log,
  };
}

function watched(ports: Config['monitor']['tcp']): PortSet {
  const set = PortSet.of(ports?.unused ?? []);
  for (const port of ports?.except ?? []) set.delete(port);
  return set;
}

function toRule(rule: Config['rules'][number]): PolicyRule {
  return {
    name: rule.name,
    kinds: new Set(rule.kinds.flatMap(kindsOf)),
    ports: rule.distinct_ports ?? ruleDefaults.distinctPorts,
    probes: rule.probes ?? ruleDefaults.probes,
    windowNs: (rule.window ?? parseDuration(ruleDefaults.window)!) * NS_PER_MS,
    action: rule.action,
    blockMs: rule.block_for.ms,
    ...(rule.only && onlyThese(rule.only)),
  };
}

/** Limits a rule to some ports: as a test for the detector, and as sets for people. */
function onlyThese({
  tcp = new PortSet(),
  udp = new PortSet(),
}: {
  tcp?: PortSet | undefined;
  udp?: PortSet | undefined;
}) {
  const only = { tcp, udp };
  return { only, covers: (protocol: Protocol, port: number) => only[protocol].has(port) };
}
