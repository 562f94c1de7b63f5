import { isIPv6 } from 'node:net';
import type { ResponsePolicy } from '../../config/policy.ts';
import type { ResponseName } from '../../report/event.ts';
import { fillTokens } from './tokens.ts';

/** A source that is answered, by the packet that decided. */
export type ResponseCase = {
  /** Text of the source's prefix. It only tells cases apart. */
  readonly source: string;
  /** The one address that sent the packet. */
  readonly address: string;
  readonly port: number;
  /** What `$MODE$` stands for. */
  readonly mode: string;
  /** `block`: every response is due. `command`: nothing but the command. */
  readonly by: 'block' | 'command';
};

/** Templates of one response; of hosts.deny both are the line itself. */
type Templates = { readonly run: string; readonly undo: string | undefined };

/** The responses that such a case asks for, in their order. */
export function responsesFor(policy: ResponsePolicy, by: ResponseCase['by']): readonly ResponseName[] {
  const command = policy.command ? (['command'] as const) : [];
  if (by === 'command') return command;
  const others = [
    ...(policy.hostsDeny ? (['hosts_deny'] as const) : []),
    ...(policy.route ? (['route'] as const) : []),
  ];
  return policy.command?.first ? [...command, ...others] : [...others, ...command];
}

/**
 * The line or command of a response before its tokens are filled in; undefined where there is none.
 *
 * In hosts.deny an IPv6 address stands in brackets (hosts_access(5)): without them TCP wrappers read its colons as ends of
 * fields and the line denies nobody.
 */
export function templateOf(
  policy: ResponsePolicy,
  name: ResponseName,
  undo: boolean,
  address: string,
): string | undefined {
  const templates = { hosts_deny: lineOf(policy, address), route: policy.route, command: policy.command }[
    name
  ];
  return undo ? templates?.undo : templates?.run;
}

/** The line or command of a response for this case. Throws a TypeError when a token would carry what it must not. */
export function textOf(
  policy: ResponsePolicy,
  name: ResponseName,
  undo: boolean,
  { address, port, mode }: ResponseCase,
): string | undefined {
  const template = templateOf(policy, name, undo, address);
  return template && fillTokens(template, { target: address, port, mode });
}

function lineOf({ hostsDeny }: ResponsePolicy, address: string): Templates | undefined {
  if (!hostsDeny) return undefined;
  const line = isIPv6(address)
    ? hostsDeny.entry.replaceAll(/(?<!\[)\$TARGET\$/g, () => '[$TARGET$]')
    : hostsDeny.entry;
  return { run: line, undo: line };
}
