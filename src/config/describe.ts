export { policyToJson } from './json.ts';

import { probeKinds } from '../detect/probe.ts';
import { formatDuration, parseDuration } from '../values/duration.ts';
import type { PortSet } from '../values/ports.ts';
import { formatPrefix } from '../values/prefix.ts';
import { isInstant, type Policy, type PolicyRule } from './policy.ts';

/** Entries of the ignore list that are written out. */
const MAX_SHOWN = 5;

/** What the policy makes the sentry do, in plain words, a sentence a line. */
export function describePolicy(policy: Policy): string[] {
  return [
    `Policy: ${policy.origin}`,
    policy.mode === 'enforce'
      ? 'Mode: enforce. Sources that a rule catches are blocked.'
      : 'Mode: observe. Scans are detected and reported; nothing is blocked.',
    `Interface: ${interfaceWords(policy)}.`,
    `Monitored while no local socket serves them: ${portWords(policy.monitor)}.`,
    policy.probes === 'pass'
      ? 'Probes are passed on to the network stack.'
      : 'Probes are dropped; the network stack does not see them.',
    `Never counted, never blocked: ${ignoreWords(policy)}.`,
    `One IPv6 source is a /${policy.sourceBits6}.`,
    ...(policy.rules.length > 0 ? policy.rules : [undefined]).map((rule) => ruleWords(rule, policy)),
    `Room for ${policy.tables.blocks} blocks and ${policy.tables.sources} sources.`,
    policy.metrics.enabled ? `Metrics: ${metricsUrl(policy.metrics)}` : 'Metrics: off.',
    `Control socket: ${policy.socket}`,
    `Log: ${policy.log.format}, ${policy.log.level} and above.`,
  ];
}

function interfaceWords({ interface: name, attach }: Policy): string {
  const where = name === 'auto' ? 'the one of the default route' : name;
  const how = {
    auto: 'XDP in the driver if it can, else in the network stack',
    native: 'XDP in the driver',
    generic: 'XDP in the network stack',
  };
  return `${where}; ${how[attach]}`;
}

function portWords(monitor: { readonly tcp: PortSet; readonly udp: PortSet }): string {
  const words = (name: string, ports: PortSet) => (ports.size === 0 ? `no ${name} port` : `${name} ${ports}`);
  return `${words('TCP', monitor.tcp)}; ${words('UDP', monitor.udp)}`;
}

function ignoreWords({ ignore }: Policy): string {
  if (ignore.length === 0) return 'nothing but what is guarded anyway';
  const shown = ignore.slice(0, MAX_SHOWN).map(formatPrefix).join(', ');
  const more = ignore.length - MAX_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function ruleWords(rule: PolicyRule | undefined, policy: Policy): string {
  if (!rule) return 'No rules: probes are counted, and nothing is called a scan.';
  const dead = canFire(rule, policy) ? '' : ' It can never fire: none of its ports is monitored.';
  return `Rule ${rule.name}: ${triggerWords(rule)}: ${actionWords(rule, policy)}.${dead}`;
}

function triggerWords(rule: PolicyRule): string {
  const kinds = rule.kinds.size === probeKinds.length ? 'any kind' : [...rule.kinds].join(', ');
  const only = rule.only ? ` to ${portWords(rule.only)}` : '';
  if (isInstant(rule)) return `the first probe (${kinds})${only}`;
  const counts = [
    rule.probes > 1 ? `${rule.probes} probes` : '',
    rule.ports > 1 ? `${rule.ports} distinct ports` : '',
  ].filter((count) => count !== '');
  return `${counts.join(' and ')} (${kinds})${only} within ${exact(rule.windowNs / 1e6)}`;
}

function actionWords({ action, blockMs }: PolicyRule, { mode }: Policy): string {
  if (action === 'alert') return 'alert';
  const block = blockMs === undefined ? 'block until it is lifted' : `block for ${exact(blockMs)}`;
  return mode === 'enforce' ? `alert and ${block}` : `alert (enforce: ${block})`;
}

function canFire({ only }: PolicyRule, { monitor }: Policy): boolean {
  const some = (ports: PortSet, wanted: PortSet) => [...wanted].some((port) => ports.has(port));
  return !only || some(monitor.tcp, only.tcp) || some(monitor.udp, only.udp);
}

/** The duration to the millisecond; `formatDuration` alone cuts off what is small. */
function exact(ms: number): string {
  const short = formatDuration(ms);
  return parseDuration(short) === ms ? short : `${ms / 1000}s`;
}

const metricsUrl = ({ host, port }: Policy['metrics']): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`;
