import type { Rule } from '../detect/rule.ts';
import type { PortSet } from '../values/ports.ts';
import type { Prefix } from '../values/prefix.ts';

/** What the sentry shall do: one immutable value, whatever it was read from. */
export type Policy = {
  /** Where it came from, for people: a path, or `built-in default`. */
  readonly origin: string;
  readonly mode: 'observe' | 'enforce';
  /** Interface name; `auto` is the interface of the default route. */
  readonly interface: string;
  readonly attach: 'auto' | 'native' | 'generic';
  /** Ports that are monitored while no socket serves them. */
  readonly monitor: { readonly tcp: PortSet; readonly udp: PortSet };
  /** What happens to the probes themselves: passed to the network stack, or dropped. */
  readonly probes: 'pass' | 'drop';
  /** Sources that are never counted and never blocked. */
  readonly ignore: readonly Prefix[];
  /** Prefix length that makes one IPv6 source. */
  readonly sourceBits6: number;
  /** In the order in which they are asked; each that fires raises an alert. */
  readonly rules: readonly PolicyRule[];
  readonly tables: { readonly blocks: number; readonly sources: number };
  readonly metrics: { readonly enabled: boolean; readonly host: string; readonly port: number };
  /** Path of the control socket. */
  readonly socket: string;
  readonly log: { readonly format: 'human' | 'json'; readonly level: LogLevel };
};

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type PolicyRule = Rule & {
  /** What to do besides the alert, in enforce mode. */
  readonly action: 'alert' | 'block';
  /** How long a block lasts, in milliseconds; undefined: until it is lifted. */
  readonly blockMs: number | undefined;
  /** The ports behind `covers`, for people; absent when every monitored port counts. */
  readonly only?: { readonly tcp: PortSet; readonly udp: PortSet };
};

/** True when one probe decides, so that the data plane can do it alone. */
export const isInstant = (rule: Rule): boolean => rule.ports === 1 && rule.probes === 1;
