import type { Protocol, Transport } from '../detect/probe.ts';
import { transportOf } from '../detect/probe.ts';
import type { Rule } from '../detect/rule.ts';
import type { CampaignOptions } from '../detect/together/campaign.ts';
import type { NetworkRule } from '../detect/together/member.ts';
import type { MonitoredPorts } from '../kernel/program-options.ts';
import type { ListSpec } from '../lists/list.ts';
import type { ResearchScanner } from '../research/labels.ts';
import type { Escalation } from '../respond/offences.ts';
import type { Capability } from '../values/capabilities.ts';
import type { InterfaceChoice } from '../values/interface-choice.ts';
import type { PortSet } from '../values/ports.ts';
import type { Prefix } from '../values/prefix.ts';

/** What the sentry shall do: one immutable value, whatever it was read from. */
export type Policy = {
  /** Where it came from, for people: a path, or `built-in default`. */
  readonly origin: string;
  readonly mode: 'observe' | 'enforce';
  /** Which interfaces are watched. */
  readonly interfaces: InterfaceChoice;
  readonly attach: 'auto' | 'native' | 'generic';
  /** Ports that are monitored while no socket serves them. */
  readonly monitor: MonitoredPorts;
  /** What counts at a port that a socket serves: packets that no socket could be meant by, or nothing. */
  readonly served: 'stealth' | 'nothing';
  /** Packets to ports from 1024 on that could be late answers to this host's own connections: let be, or counted. */
  readonly lateAnswers: 'spare' | 'count';
  /** Ports at which the sentry itself listens, and what it says there before it closes. */
  readonly listen: { readonly tcp: PortSet; readonly udp: PortSet; readonly banner: string | undefined };
  /** What happens to the probes themselves: passed to the network stack, or dropped. */
  readonly probes: 'pass' | 'drop';
  /** Sources that are never counted and never blocked. */
  readonly ignore: readonly Prefix[];
  /** Files with more of them, one a line; followed while the sentry runs. Absolute paths. */
  readonly ignoreFiles: readonly string[];
  /** Who holds a TCP connection to this host is not answered for what may be forged. */
  readonly guardsConnected: boolean;
  /** Whose probes come in the names of others, too, is not answered for what may be forged; and scans among decoys are told of. */
  readonly guardsDecoys: boolean;
  /** Block lists; in observe mode they are read and told of, and keep nobody out. */
  readonly lists: readonly ListSpec[];
  /** Directory for copies of those from the network; undefined: none are kept. Absolute path. */
  readonly listCache: string | undefined;
  /** Prefix length that makes one IPv6 source. */
  readonly sourceBits6: number;
  /** In the order in which they are asked; each that fires raises an alert. */
  readonly rules: readonly PolicyRule[];
  /** Who scans for research, whose sources have a label; `isKnown`: those are among them who publish it. */
  readonly research: {
    readonly isKnown: boolean;
    readonly scanners: readonly ResearchScanner[];
    readonly resolve: boolean;
  };
  /** When sources that no rule has caught probe more than is usual; undefined: nobody looks. */
  readonly campaign: CampaignOptions | undefined;
  /** How much longer whoever comes back is blocked; undefined: no longer than its rule says. */
  readonly escalation: Escalation | undefined;
  readonly responses: ResponsePolicy;
  /** What the process keeps besides what it needs itself; `auto`: everything if it runs commands, else nothing. */
  readonly capabilities: 'auto' | 'all' | readonly Capability[];
  /** Files, words and modes of PortSentry; undefined: none of them. */
  readonly portsentry: PortsentryPolicy | undefined;
  /** What outlives the process; undefined: nothing does. */
  readonly memory: MemoryPolicy | undefined;
  readonly tables: { readonly blocks: number; readonly sources: number };
  readonly metrics: { readonly enabled: boolean; readonly host: string; readonly port: number };
  /** Path of the control socket. */
  readonly socket: string;
  /** Nothing is pinned: whatever ends the process takes its program off the interface. */
  readonly isEphemeral: boolean;
  /** Enforcement is rolled back unless somebody confirms it within this time; undefined: it needs no confirmation. */
  readonly confirmMs: number | undefined;
  readonly log: LogPolicy;
};

export type MemoryPolicy = {
  /** Absolute path of the database. */
  readonly path: string;
  /** The history is kept for so long, and at most so many entries of it. */
  readonly keepMs: number;
  readonly maxEntries: number;
};

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type LogPolicy = {
  readonly format: 'human' | 'json' | 'portsentry';
  readonly level: LogLevel;
  /** `stdout`, `syslog` (a datagram to /dev/log), or the absolute path of a file. */
  readonly to: readonly string[];
};

/**
 * What a rule does besides the alert, in enforce mode. `block`: the data plane drops the source, and the responses run.
 * `command`: nothing but the command response runs. `record`: the source only counts as answered, in files and log.
 */
export type RuleAction = 'alert' | 'record' | 'command' | 'block';

export type PolicyRule = Rule & {
  /** By the protocol of the probe that decides; what is neither goes as UDP does. */
  readonly action: Readonly<Record<Transport, RuleAction>>;
  /** How long the answer lasts, in milliseconds; undefined: until it is lifted. */
  readonly blockMs: number | undefined;
  /** The ports behind `covers`, for people; absent when every monitored port counts. */
  readonly only?: { readonly tcp: PortSet; readonly udp: PortSet };
  /** The only protocol that counts, `covers` knows it; absent: both. */
  readonly protocol?: Transport;
};

/**
 * What runs when a source is answered, and when that ends. The texts hold the tokens `$TARGET$`, `$PORT$` and `$MODE$`.
 * Without `first` the order is hosts.deny, route, command; with it the command comes first.
 */
export type ResponsePolicy = {
  /** A line for the file of TCP wrappers. */
  readonly hostsDeny: { readonly entry: string; readonly file: string } | undefined;
  readonly route: CommandPair | undefined;
  readonly command: (CommandPair & { readonly first: boolean }) | undefined;
  /** Commands (of `command`) that run at one time. */
  readonly concurrency: number;
  /** After this time a command is ended. */
  readonly timeoutMs: number;
};

/** Lines for /bin/sh: one for the answer, and one for its end. */
export type CommandPair = { readonly run: string; readonly undo: string | undefined };

export type PortsentryPolicy = {
  /** Whose words and file formats: those of PortSentry 1.2 or of 2.x. */
  readonly style: '1.2' | '2';
  /** What `$MODE$` stands for, and in style 1.2 the suffix of the blocked file: `atcp`, `sudp`, `stealth` … */
  readonly modes: Readonly<Record<Transport, string | undefined>>;
  /** Absolute paths; undefined: not written. */
  readonly history: string | undefined;
  readonly blocked: string | undefined;
  /** Look up the names of sources for the log. */
  readonly resolveHost: boolean;
};

/** What the rule does when a probe of that protocol decides. */
export const actionOf = ({ action }: Pick<PolicyRule, 'action'>, protocol: Protocol): RuleAction =>
  action[transportOf(protocol)];

/** True when one probe decides, so that the data plane can do it alone. */
export const isInstant = ({ ports, hosts, targets, probes, sources = 1 }: Rule): boolean =>
  Math.max(ports, hosts, targets, probes, sources) === 1;

/** True when the rule is about the sources of a network together. */
export const isAboutNetworks = (rule: PolicyRule): rule is PolicyRule & NetworkRule =>
  rule.sources !== undefined;

/** True when each single probe may be an alert of its own, so that none goes untold without a word. */
export const wantsEveryProbe = ({ rules }: Pick<Policy, 'rules'>): boolean =>
  rules.some((rule) => rule.again === 'probe');

/** What a rule may come to do, by the protocols that count for it. */
export const actionsOf = ({ action, protocol }: PolicyRule): RuleAction[] =>
  protocol === undefined ? [action.tcp, action.udp] : [action[protocol]];

/** The rule that the kernel calls by that number; undefined is one of the policy before this one. */
export const ruleAt = (
  { rules }: Pick<Policy, 'rules'>,
  number: number | undefined,
): PolicyRule | undefined => (number === undefined ? undefined : rules[number]);

export const ruleNameAt = (policy: Pick<Policy, 'rules'>, number: number | undefined): string =>
  ruleAt(policy, number)?.name ?? 'an earlier rule';
