import { isTransport, type ProbeKind, type Protocol, protocols, type Transport } from '../detect/probe.ts';
import { toolNames } from '../detect/tools/tool-name.ts';
import { isPossible } from '../kernel/names.ts';
import type { MonitoredPorts } from '../kernel/program-options.ts';
import { formatDuration, parseDuration } from '../values/duration.ts';
import type { PortSet } from '../values/ports.ts';
import { type Carrier, carriersOf } from './kernel-rules.ts';
import { isInstant, type Policy, type PolicyRule, type RuleAction } from './policy.ts';
import { anyKinds } from './rule-schema.ts';

/** `TCP 22,80; no UDP port` */
export function portWords({ tcp, udp }: Pick<MonitoredPorts, Transport>): string {
  const words = (name: string, set: PortSet) => (set.size === 0 ? `no ${name} port` : `${name} ${set}`);
  return `${words('TCP', tcp)}; ${words('UDP', udp)}`;
}

/** `TCP 22,80; no UDP port; SCTP 1-65535; 3 other IP protocols; pings`: of the last three only what there is. */
export function monitoredWords(monitored: MonitoredPorts): string {
  const { sctp, ip, icmp } = monitored;
  const others = [
    sctp?.size ? `SCTP ${sctp}` : '',
    ip?.size ? `${ip.size} other IP protocols` : '',
    icmp?.size ? 'pings' : '',
  ].filter((words) => words !== '');
  return [portWords(monitored), ...others].join('; ');
}

/** Of each rule when it fires, what it does then and who carries it out, in one sentence; of no rules, what that means. */
export function rulesWords(policy: Policy): string[] {
  if (policy.rules.length === 0) return ['No rules: probes are counted, and nothing is called a scan.'];
  const carriers = carriersOf(policy);
  return policy.rules.map((rule, number) => ruleWords(rule, carriers[number]!, policy));
}

function ruleWords(rule: PolicyRule, carrier: Carrier, policy: Policy): string {
  const dead = canFire(rule, policy) ? '' : ' It can never fire: none of its ports is monitored.';
  return `Rule ${rule.name}: ${triggerWords(rule)}: ${actionWords(rule, carrier, policy)}.${dead}`;
}

function triggerWords(rule: PolicyRule): string {
  const isAny = rule.kinds.size === anyKinds.length && !rule.kinds.has('ping');
  const kinds = isAny ? 'any kind' : [...rule.kinds].join(', ');
  const protocol = rule.protocol && !rule.only ? ` of ${rule.protocol.toUpperCase()}` : '';
  const only = rule.only ? ` to ${portWords(rule.only)}` : '';
  const what = `(${kinds})${toolWords(rule)}${researchWords(rule)}${protocol}${only}`;
  const every = rule.again === 'probe';
  if (isInstant(rule)) return every ? `each probe ${what}` : `the first probe ${what}`;
  const counts = [
    rule.probes > 1 ? `${rule.probes} probes` : '',
    rule.ports > 1 ? `${rule.ports} distinct ports` : '',
    rule.hosts > 1 ? `${rule.hosts} addresses of this host` : '',
    rule.sources === undefined ? '' : `${rule.sources} sources of one network`,
    rule.targets > 1 ? `${rule.targets} distinct targets` : '',
  ].filter((count) => count !== '');
  const window = rule.windowNs === Infinity ? 'at any time' : `within ${exact(rule.windowNs / 1e6)}`;
  return `${counts.join(' and ')} ${what} ${window}${every ? ', and each one more' : ''}`;
}

const researchWords = ({ research }: PolicyRule): string =>
  research === undefined ? '' : research === 'skip' ? ' but of research scanners' : ' of research scanners';

function toolWords({ tools }: PolicyRule): string {
  if (!tools) return '';
  return tools.size === toolNames.length
    ? ' with the mark of a tool'
    : ` with the mark of ${[...tools].join(' or ')}`;
}

function actionWords(rule: PolicyRule, carrier: Carrier, { mode, responses, listen }: Policy): string {
  const { action, blockMs, protocol } = rule;
  const lasts = blockMs === undefined ? 'until it is lifted' : `for ${exact(blockMs)}`;
  const words = {
    alert: '',
    record: `record it ${lasts}`,
    command: responses.command ? `run the command, for once ${lasts}` : 'run the command, but there is none',
    block: `block ${lasts}`,
  } as const satisfies Record<RuleAction, string>;
  const [tcp, udp] = [words[action[protocol ?? 'tcp']], words[action[protocol ?? 'udp']]];
  const both = tcp === udp ? tcp : `TCP: ${tcp || 'no more'}; UDP: ${udp || 'no more'}`;
  const where = carrierWords(carrier, rule, listen);
  if (both === '') return `alert, ${where}`;
  if (mode === 'observe') return `alert (enforce: ${both}, ${where})`;
  return tcp === udp ? `alert and ${both}, ${where}` : `alert (${both}), ${where}`;
}

function carrierWords(carrier: Carrier, { kinds }: PolicyRule, listen: Policy['listen']): string {
  if (carrier.by === 'controller') return `by the controller (${carrier.why})`;
  const alsoConnects = kinds.has('connect') && listen.tcp.size + listen.udp.size > 0;
  return alsoConnects ? 'in the kernel (connections by the controller)' : 'in the kernel';
}

function canFire({ kinds, only, protocol }: PolicyRule, { monitor, listen }: Policy): boolean {
  const wanted = (of: Protocol) => (only && isTransport(of) ? only[of] : undefined);
  const reaches = (of: Protocol, kind: ProbeKind) =>
    kind === 'connect'
      ? isTransport(of) && meet(listen[of], wanted(of))
      : isPossible(of, kind) && meet(monitor[of], wanted(of));
  return protocols
    .filter((of) => protocol === undefined || protocol === of)
    .filter((of) => only === undefined || isTransport(of))
    .some((of) => [...kinds].some((kind) => reaches(of, kind)));
}

const meet = (ports: PortSet | undefined, wanted: PortSet | undefined): boolean =>
  ports === undefined
    ? false
    : wanted === undefined
      ? ports.size > 0
      : [...wanted].some((port) => ports.has(port));

/** The duration to the millisecond; `formatDuration` alone cuts off what is small. */
export function exact(ms: number): string {
  const short = formatDuration(ms);
  return parseDuration(short) === ms ? short : `${ms / 1000}s`;
}
