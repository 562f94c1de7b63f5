import { z } from 'zod';
import { MAX_DURATION_MS, parseDuration } from '../values/duration.ts';
import { PortSet, parsePorts } from '../values/ports.ts';
import { type Prefix, parsePrefix } from '../values/prefix.ts';
import { complain, quote } from './found.ts';
import { unknownKey } from './nearest.ts';
import { readInterfaceChoice, readPath } from './places.ts';

/**
 * The kinds of value that options have. Each says what it is called and what may be written, once: its messages, the
 * tables in docs/config.md and the JSON Schema repeat that.
 */

/** A message for a value of the wrong kind. */
const wrong = (noun: string, allowed: string) => ({
  error: (issue: { readonly input?: unknown }) => complain(issue.input, noun, allowed),
});

/**
 * A text that `read` makes a value of. It throws an Error that says what is wrong with the text, or answers undefined
 * when the text is nothing of the kind.
 */
export function textual<T>(noun: string, allowed: string, read: (text: string) => T | undefined) {
  return z.string(wrong(noun, allowed)).transform((input, context): T => {
    let message = complain(input, noun, allowed);
    try {
      const value = read(input);
      if (value !== undefined) return value;
    } catch (error) {
      message = `${(error as Error).message}; write ${allowed}`;
    }
    context.issues.push({ code: 'custom', input, message });
    return z.NEVER;
  });
}

/** A map of options; a key that it does not have is an error, one line of the message for each. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known)).join('\n')
        : complain(issue.input, 'map of options', `options below it: ${known.join(', ')}`),
  });
}

/** `a, b or c` */
const either = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** One of a few words. */
export function word<const W extends readonly string[]>(noun: string, words: W) {
  const allowed = either(words);
  return z.enum(words, wrong(noun, allowed)).meta({ allowed });
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`;
  const outside = {
    error: (issue: { readonly input?: unknown }) => `${issue.input} is out of range; write ${allowed}`,
  };
  return z.int(wrong('whole number', allowed)).min(min, outside).max(max, outside).meta({ allowed });
}

const DURATION = 'it like 30s, 10m or 1h30m';
const DURATION_PATTERN = '(\\d{1,9}(ms|s|m|h|d|w))+';

function readDuration(text: string, maxMs: number, longest: string): number | undefined {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > maxMs) throw new Error(`${quote(text)} is longer than ${longest}`);
  return ms;
}

/** A duration of at most `longest`; its value is in milliseconds. */
export function duration(longest: string) {
  const maxMs = parseDuration(longest) ?? MAX_DURATION_MS;
  return textual('duration', DURATION, (text) => readDuration(text, maxMs, longest)).meta({
    pattern: `^${DURATION_PATTERN}$`,
    allowed: `a duration up to ${longest}`,
  });
}

/** A window of at most `longest`, in milliseconds, or `forever`: Infinity. */
export function windowOrForever(longest: string) {
  const maxMs = parseDuration(longest) ?? MAX_DURATION_MS;
  return textual('duration', `${DURATION}, or forever`, (text) =>
    text === 'forever' ? Infinity : readDuration(text, maxMs, longest),
  ).meta({
    pattern: `^(forever|${DURATION_PATTERN})$`,
    allowed: `a duration up to ${longest}, or \`forever\``,
  });
}

/** How long something lasts: `{ ms }`, where undefined is `forever`. */
export const durationOrForever = () =>
  textual('duration', `${DURATION}, or forever`, (text) => {
    const ms = text === 'forever' ? 0 : parseDuration(text);
    return ms === undefined ? undefined : { ms: ms === 0 ? undefined : ms };
  }).meta({
    pattern: `^(forever|${DURATION_PATTERN})$`,
    allowed: 'a duration up to ten years, or `forever`',
  });

/** Entries of a list of ports: each takes 8 KB while it is read. */
const MAX_PORT_ITEMS = 1024;

const PORTS = 'ports like 22,80,1000-2000';

/** Ports as a number, a text like `22,80,1000-2000`, or a list of both. */
export function ports() {
  const one = wholeNumber(0, 65_535).transform((port) => PortSet.of([port]));
  const text = textual('port list', PORTS, parsePorts).meta({ pattern: '^[0-9, -]*$' });
  const list = z
    .array(z.union([one, text], wrong('port or range', PORTS)), wrong('port list', PORTS))
    .max(MAX_PORT_ITEMS, {
      error: `has more than ${MAX_PORT_ITEMS} entries; put neighbours together as ranges`,
    });
  const merged = list.transform((sets) => {
    const union = new PortSet();
    for (const set of sets) union.addAll(set);
    return union;
  });
  return z
    .union([one, text, merged], wrong('port list', PORTS))
    .meta({ allowed: 'a port, a text like `22,80,1000-2000`, or a list of both; empty: none' });
}

const PREFIX = 'an address or network like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64';

/** An address or network. */
export const prefix = () =>
  textual<Prefix>('address or network', PREFIX, parsePrefix).meta({
    allowed: 'an address or network: `198.51.100.7`, `198.51.100.0/24`, `2001:db8::/64`',
  });

/** Each may be there twice: with its name, and in a pattern. */
const MAX_INTERFACES = 256;

const INTERFACE =
  'the name of an interface as in `ip link`, a pattern like eth*, or auto; ! before it leaves out';

/** Interfaces as a text, or a list of texts. */
export function interfaces() {
  const one = textual('interface name', INTERFACE, readInterfaceChoice).meta({
    pattern: '^!?[^\\s/:]{1,15}$',
  });
  const list = z
    .array(one, wrong('list of interfaces', INTERFACE))
    .min(1, { error: 'names no interface; write auto for that of the default route' })
    .max(MAX_INTERFACES, { error: `has more than ${MAX_INTERFACES} entries; write patterns` });
  return z.union([one.transform((text) => [text]), list], wrong('interface name', INTERFACE)).meta({
    allowed:
      'a name of 1 to 15 bytes, a pattern with `*`, or `auto`; with `!` before it or not; or a list of them',
  });
}

const PATH = 'an absolute path';

/** The absolute path of a file. */
export const filePath = () =>
  textual('path', PATH, readPath).meta({ pattern: '^/.*[^/]$', allowed: `${PATH} of up to 4095 bytes` });

/** True or false. */
export const flag = () => z.boolean(wrong('switch', 'true or false')).meta({ allowed: 'true or false' });
