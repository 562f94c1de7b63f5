import { isTransport, type Protocol } from '../detect/probe.ts';
import type { ListSource, ListSpec } from '../lists/list.ts';
import { knownScanners } from '../research/known-scanners.ts';
import { NS_PER_MS, parseDuration } from '../values/duration.ts';
import { PortSet } from '../values/ports.ts';
import { parsePrefix } from '../values/prefix.ts';
import { DEFAULT_REFRESH } from './list-schema.ts';
import type { MemoryPolicy, Policy, PolicyRule, PortsentryPolicy, ResponsePolicy } from './policy.ts';
import { kindsOf, ruleDefaults } from './rule-schema.ts';
import type { Config } from './schema.ts';

/** The policy that a configuration file describes. */
export function toPolicy(config: Config, origin: string): Policy {
  return {
    origin,
    mode: config.mode,
    interfaces: config.interface,
    attach: config.attach,
    monitor: toMonitored(config.monitor),
    served: config.monitor.served,
    lateAnswers: config.monitor.late_answers,
    listen: { ...config.listen, banner: config.listen.banner === '' ? undefined : config.listen.banner },
    probes: config.probes,
    ignore: config.ignore,
    ignoreFiles: config.ignore_files,
    guardsConnected: config.guard.established,
    guardsDecoys: config.guard.decoys,
    lists: config.lists.map(toList),
    listCache: config.list_cache.directory,
    sourceBits6: config.ipv6_source_prefix,
    rules: config.rules.map(toRule),
    research: toResearch(config.research),
    campaign: config.campaign && {
      ports: config.campaign.ports,
      rarePorts: config.campaign.rare_ports,
      learnHours: config.campaign.learn_hours,
    },
    escalation: config.escalation && {
      factor: config.escalation.factor,
      capMs: config.escalation.cap,
      unprovenCapMs: config.escalation.unproven_cap,
      forgetAfterMs: config.escalation.forget_after,
    },
    responses: toResponses(config.responses),
    capabilities: config.capabilities,
    portsentry: config.portsentry && toPortsentry(config.portsentry),
    memory: toMemory(config.memory),
    tables: config.tables,
    metrics: config.metrics.listen,
    socket: config.socket,
    isEphemeral: false,
    confirmMs: undefined,
    log: config.log,
  };
}

const toMonitored = ({ tcp, udp, sctp, protocols, ping }: Config['monitor']): Policy['monitor'] => ({
  tcp: watched(tcp),
  udp: watched(udp),
  sctp: watched(sctp),
  ip: watched(protocols),
  icmp: PortSet.of(ping === 'on' ? PING_TYPES : []),
});

/** Requests of ICMP (echo, timestamp, information, address mask), and the echo request of ICMPv6. */
const PING_TYPES = [8, 13, 15, 17, 128];

function toResearch({ known, own, resolve }: Config['research']): Policy['research'] {
  const published = knownScanners.map(({ name, networks, domains }) => ({
    name,
    networks: networks.map((text) => parsePrefix(text)!),
    domains,
  }));
  return { isKnown: known, scanners: [...own, ...(known ? published : [])], resolve };
}

function watched(ports: Config['monitor']['tcp']): PortSet {
  const set = PortSet.of(ports?.unused ?? []);
  for (const port of ports?.except ?? []) set.delete(port);
  return set;
}

function toList({ name, file, url, format, refresh, max_size }: Config['lists'][number]): ListSpec {
  const source: ListSource =
    file === undefined
      ? { kind: 'url', url: url!, refreshMs: refresh ?? parseDuration(DEFAULT_REFRESH)! }
      : { kind: 'file', path: file };
  return { name, source, format: format === 'auto' ? undefined : format, maxBytes: max_size << 20 };
}

function toRule(rule: Config['rules'][number]): PolicyRule {
  return {
    name: rule.name,
    kinds: new Set(rule.kinds.flatMap(kindsOf)),
    ports: rule.distinct_ports ?? ruleDefaults.distinctPorts,
    hosts: rule.distinct_hosts ?? ruleDefaults.distinctHosts,
    targets: rule.distinct_targets ?? ruleDefaults.distinctTargets,
    ...(rule.research !== 'count' && { research: rule.research }),
    ...(rule.tools && { tools: new Set(rule.tools) }),
    probes: rule.probes ?? ruleDefaults.probes,
    windowNs: (rule.window ?? parseDuration(ruleDefaults.window)!) * NS_PER_MS,
    again: rule.again,
    ...(rule.per === 'network' && { sources: rule.distinct_sources ?? ruleDefaults.distinctSources }),
    action: rule.action,
    blockMs: rule.block_for.ms,
    ...limits(rule),
  };
}

/** Limits a rule to some ports, or one protocol: as a test for the detector, and for people. */
function limits(rule: Config['rules'][number]): Pick<PolicyRule, 'only' | 'protocol' | 'covers'> {
  const { protocol } = rule;
  const only = rule.only && { tcp: rule.only.tcp ?? new PortSet(), udp: rule.only.udp ?? new PortSet() };
  if (!only && !protocol) return {};
  const covers = (asked: Protocol, port: number) =>
    (protocol === undefined || asked === protocol) &&
    (only === undefined || (isTransport(asked) && only[asked].has(port)));
  return { covers, ...(only && { only }), ...(protocol && { protocol }) };
}

function toResponses({
  hosts_deny,
  route,
  command,
  concurrency,
  timeout,
}: Config['responses']): ResponsePolicy {
  return {
    hostsDeny: hosts_deny,
    route: route && { run: route.run, undo: route.undo },
    command: command && { run: command.run, undo: command.undo, first: command.first },
    concurrency,
    timeoutMs: timeout,
  };
}

const toMemory = ({ path, keep, max_entries }: Config['memory']): MemoryPolicy | undefined =>
  path.file === undefined ? undefined : { path: path.file, keepMs: keep, maxEntries: max_entries };

function toPortsentry(section: NonNullable<Config['portsentry']>): PortsentryPolicy {
  const { style, tcp_mode, udp_mode, history, blocked, resolve_host } = section;
  return { style, modes: { tcp: tcp_mode, udp: udp_mode }, history, blocked, resolveHost: resolve_host };
}
