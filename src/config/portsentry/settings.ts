import { quote } from '../found.ts';
import { nearest } from '../nearest.ts';
import type { Assignment, Lines } from './lines.ts';
import type { Style } from './modes.ts';
import type { Notes } from './notes.ts';
import { isOption, type OptionKey, optionKeys, options } from './options.ts';

/** An option that counts: its text, and the line where it stands. */
export type Setting = { readonly key: OptionKey; readonly line: number; readonly value: string };

export type Settings = ReadonlyMap<OptionKey, Setting>;

/** Longest line that PortSentry reads as one, in bytes (MAXBUF). */
const MAX_LINE_BYTES = 1023;

/**
 * Which lines count, and for what. What PortSentry 1.2 passes over is passed over here as well, so that nothing happens
 * which did not happen there. What 2.x refuses to start with is read as it was plainly meant. Each such line gets a note.
 */
export function settle({ assignments, strays }: Lines, style: Style, notes: Notes): Settings {
  for (const { line, text } of strays)
    notes.warning(line, `${quote(text)} sets nothing and is left out; an option looks like KEY="value"`);
  const settings = new Map<OptionKey, Setting | { readonly line: number }>();
  for (const assignment of assignments) {
    if (!isSeen(assignment, style, notes)) continue;
    const { key, line } = assignment;
    const before = settings.get(key);
    if (before && style === '1.2') {
      notes.warning(
        line,
        `${key} stands in line ${before.line} already, and the first one counts; this one is left out`,
      );
      continue;
    }
    const value = textOf(assignment, style, notes);
    if (value !== undefined && before)
      notes.warning(
        line,
        `${key} stands in line ${before.line}, too, and the last one counts; that one is left out`,
      );
    // In 1.2 a line without quotes leaves the option unset, even when a proper line follows.
    if (value !== undefined) settings.set(key, { key, line, value });
    else if (style === '1.2') settings.set(key, { line });
  }
  return new Map([...settings].filter((entry): entry is [OptionKey, Setting] => 'value' in entry[1]));
}

/** Whether PortSentry sees an option of its own in this line; says so if not. */
function isSeen(
  assignment: Assignment,
  style: Style,
  notes: Notes,
): assignment is Assignment & { key: OptionKey } {
  const { key, line, isIndented, separator } = assignment;
  if (!isOption(key)) {
    const meant = nearest(key, optionKeys);
    notes.warning(
      line,
      `${quote(key)} is no option and is left out${meant ? `; did you mean ${meant}?` : ''}`,
    );
    return false;
  }
  if (!(options[key] as readonly Style[]).includes(style)) {
    notes.warning(line, `${key} is an option of PortSentry 1.2 only; it is left out`);
    return false;
  }
  const blank = isIndented
    ? 'blanks before the key'
    : separator.startsWith('\t')
      ? 'a tab behind the key'
      : undefined;
  if (blank === undefined) return true;
  const fault = `${key} has ${blank}`;
  if (style === '1.2') notes.warning(line, `${fault}, and PortSentry 1.2 does not see it so; it is left out`);
  else if (isIndented) notes.warning(line, `${fault}; it counts all the same`);
  return style === '2';
}

/** The text of the option; undefined when the line gives it none. Says what is odd about it. */
function textOf(assignment: Assignment, style: Style, notes: Notes): string | undefined {
  const { key, line, separator, bare, value, end, rest, bytes } = assignment;
  if (value === undefined || (style === '2' && bare.trim() !== ''))
    return bareValue(assignment, style, notes);
  if (!separator.includes('=') && style === '2')
    notes.warning(line, `${key} has no = behind it; it counts all the same`);
  if (bare.trim() !== '') notes.warning(line, `${quote(bare.trim())} before the quote is left out`);
  if (end !== 'quote') {
    const where = end === 'line' ? 'the end of the line' : 'a control character';
    notes.warning(line, `${key} has no closing quote; its value goes as far as ${where}`);
  } else if (!/^\s*(#|$)/.test(rest)) {
    notes.warning(line, `${key} ends at its second quote; ${quote(rest.trim())} behind it is left out`);
  }
  if (value === '' && style === '2') {
    notes.warning(line, `${key} is empty; it counts as not set`);
    return undefined;
  }
  if (bytes > MAX_LINE_BYTES) notes.difference(line, `the line is read to its end; ${longLine(style)}`);
  const odd = style === '1.2' ? value.search(/[^ -~]/) : -1;
  if (odd >= 0)
    notes.difference(
      line,
      `${key} is read as a whole; PortSentry 1.2 stops before ${quote(value.slice(odd, odd + 10))}`,
    );
  return end === 'line' ? value.trimEnd() : value;
}

const longLine = (style: Style): string =>
  style === '1.2'
    ? `PortSentry 1.2 takes what follows byte ${MAX_LINE_BYTES} for a line of its own`
    : `PortSentry 2 does not start with lines of more than ${MAX_LINE_BYTES} bytes`;

function bareValue({ key, line, bare }: Assignment, style: Style, notes: Notes): string | undefined {
  if (style === '1.2') {
    notes.warning(line, `${key} has no quotes; it counts as not set, as in PortSentry 1.2`);
    return undefined;
  }
  const value = bare.replace(/\s#.*$/s, '').trim();
  notes.warning(line, `${key} has no quotes; ${quote(value)} is taken for its value`);
  return value === '' ? undefined : value;
}
