import type { ListSpec } from '../lists/list.ts';
import { shownUrl } from '../lists/url.ts';
import { nameOf } from '../values/capabilities.ts';
import type { PortSet } from '../values/ports.ts';
import { formatPrefix } from '../values/prefix.ts';
import { type Carrier, carriersOf } from './kernel-rules.ts';
import {
  type CommandPair,
  isAboutNetworks,
  isInstant,
  type MemoryPolicy,
  type Policy,
  type PolicyRule,
  type PortsentryPolicy,
  type ResponsePolicy,
} from './policy.ts';

/** The policy for programs: ports and prefixes as text, durations in seconds, null for what has no limit. */
export function policyToJson(policy: Policy) {
  return {
    origin: policy.origin,
    mode: policy.mode,
    interface: [...policy.interfaces],
    attach: policy.attach,
    monitor: {
      ...portsToJson(policy.monitor),
      sctp: `${policy.monitor.sctp ?? ''}`,
      protocols: `${policy.monitor.ip ?? ''}`,
      ping: (policy.monitor.icmp?.size ?? 0) > 0,
      served: policy.served,
      late_answers: policy.lateAnswers,
    },
    listen: { ...portsToJson(policy.listen), banner: policy.listen.banner ?? null },
    probes: policy.probes,
    ignore: policy.ignore.map(formatPrefix),
    ignore_files: [...policy.ignoreFiles],
    lists: policy.lists.map(listToJson),
    list_cache: policy.listCache ?? null,
    guard: { established: policy.guardsConnected, decoys: policy.guardsDecoys },
    ipv6_source_prefix_bits: policy.sourceBits6,
    rules: rulesToJson(policy),
    research: researchToJson(policy.research),
    campaign: policy.campaign
      ? {
          ports: policy.campaign.ports,
          rare_ports: policy.campaign.rarePorts,
          learn_hours: policy.campaign.learnHours,
        }
      : null,
    escalation: policy.escalation ? escalationToJson(policy.escalation) : null,
    responses: responsesToJson(policy.responses),
    capabilities: capabilitiesToJson(policy.capabilities),
    portsentry: policy.portsentry ? portsentryToJson(policy.portsentry) : null,
    memory: policy.memory ? memoryToJson(policy.memory) : null,
    tables: { ...policy.tables },
    metrics: { ...policy.metrics },
    socket: policy.socket,
    log: { ...policy.log, to: [...policy.log.to] },
  };
}

const portsToJson = ({ tcp, udp }: { readonly tcp: PortSet; readonly udp: PortSet }) => ({
  tcp: tcp.toString(),
  udp: udp.toString(),
});

const listToJson = ({ name, source, format, maxBytes }: ListSpec) => ({
  name,
  file: source.kind === 'file' ? source.path : null,
  url: source.kind === 'url' ? shownUrl(source.url) : null,
  refresh_seconds: source.kind === 'url' ? source.refreshMs / 1000 : null,
  format: format ?? 'auto',
  max_bytes: maxBytes,
});

function rulesToJson(policy: Policy) {
  const carriers = carriersOf(policy);
  return policy.rules.map((rule, number) => ruleToJson(rule, carriers[number]!));
}

/** `carried_out_by` says who does it in enforce mode. */
function ruleToJson(rule: PolicyRule, carrier: Carrier) {
  return {
    name: rule.name,
    per: isAboutNetworks(rule) ? 'network' : 'source',
    kinds: [...rule.kinds],
    only: rule.only ? portsToJson(rule.only) : null,
    tools: rule.tools ? [...rule.tools] : null,
    research: rule.research ?? 'count',
    protocol: rule.protocol ?? null,
    distinct_ports: rule.ports,
    distinct_hosts: rule.hosts,
    distinct_sources: rule.sources ?? 1,
    distinct_targets: rule.targets,
    probes: rule.probes,
    instant: isInstant(rule),
    window_seconds: rule.windowNs === Infinity ? null : rule.windowNs / 1e9,
    again: rule.again,
    action: { ...rule.action },
    block_for_seconds: rule.blockMs === undefined ? null : rule.blockMs / 1000,
    carried_out_by: carrier.by,
    why_not_by_the_kernel: carrier.by === 'controller' ? carrier.why : null,
  };
}

const researchToJson = ({ isKnown, scanners, resolve }: Policy['research']) => ({
  known: isKnown,
  scanners: scanners.map(({ name, networks, domains }) => ({
    name,
    networks: networks.map(formatPrefix),
    domains: [...domains],
  })),
  resolve,
});

const escalationToJson = ({
  factor,
  capMs,
  unprovenCapMs,
  forgetAfterMs,
}: NonNullable<Policy['escalation']>) => ({
  factor,
  cap_seconds: capMs / 1000,
  unproven_cap_seconds: unprovenCapMs / 1000,
  forget_after_seconds: forgetAfterMs / 1000,
});

const memoryToJson = ({ path, keepMs, maxEntries }: MemoryPolicy) => ({
  path,
  keep_seconds: keepMs / 1000,
  max_entries: maxEntries,
});

const pairToJson = ({ run, undo }: CommandPair) => ({ run, undo: undo ?? null });

function responsesToJson({ hostsDeny, route, command, concurrency, timeoutMs }: ResponsePolicy) {
  return {
    hosts_deny: hostsDeny ? { ...hostsDeny } : null,
    route: route ? pairToJson(route) : null,
    command: command ? { ...pairToJson(command), first: command.first } : null,
    concurrency,
    timeout_seconds: timeoutMs / 1000,
  };
}

const capabilitiesToJson = (capabilities: Policy['capabilities']) =>
  typeof capabilities === 'string' ? capabilities : capabilities.map(nameOf);

function portsentryToJson({ style, modes, history, blocked, resolveHost }: PortsentryPolicy) {
  return {
    style,
    tcp_mode: modes.tcp ?? null,
    udp_mode: modes.udp ?? null,
    history: history ?? null,
    blocked: blocked ?? null,
    resolve_host: resolveHost,
  };
}
