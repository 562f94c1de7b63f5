/** Longest piece of a wrong value that a message repeats, in characters: enough to find it again. */
const MAX_QUOTED = 60;

/** What would change how a terminal shows the rest of the line, and is not escaped by JSON. */
const UNPRINTABLE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from a file as messages show it: in quotes, cut to a sensible length, never more than one line. */
export function quote(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 1)}…` : text;
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(cut).replace(UNPRINTABLE, escaped);
}

/** What stands in the file, in words. */
function found(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map of options' : String(value);
}

/** The sentence for a value that is not what its option wants: `"5 minutes" is no duration; write it like 30s`. */
export function complain(value: unknown, noun: string, allowed: string): string {
  if (value === undefined) return `is missing; write ${allowed}`;
  if (value === null) return `has no value; write ${allowed}`;
  return `${found(value)} is no ${noun}; write ${allowed}`;
}
