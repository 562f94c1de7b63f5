import { PortSet } from '../../values/ports.ts';
import { quote } from '../found.ts';
import type { Notes } from './notes.ts';
import type { Setting } from './settings.ts';

/** What is said of wrong entries names so many of them. */
const MAX_NAMED = 5;

/** The ports of a list, how many entries that are ports it has, and the first that is a range. */
export type PortList = {
  readonly ports: PortSet;
  readonly entries: number;
  readonly range: string | undefined;
};

/**
 * Reads the ports of a list: numbers and ranges from `lowest` to 65535, with or without blanks between them. What is
 * neither is left out, with a warning; PortSentry 1.2 would watch another port in its place, 2 an accidental one.
 */
export function readPortList({ key, line, value }: Setting, lowest: 0 | 1, notes: Notes): PortList {
  const ports = new PortSet();
  const wrong: string[] = [];
  let [entries, range] = [0, undefined as string | undefined];
  for (const item of value.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const [, from, to = from] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(item) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (first >= lowest && first <= last && last <= 65_535) {
      ports.addRange(first, last);
      entries++;
      if (item.includes('-')) range ??= item;
    } else wrong.push(item);
  }
  if (wrong.length > 0) notes.warning(line, `${key}: ${wrongWords(wrong)}`);
  return { ports, entries, range };
}

function wrongWords(wrong: readonly string[]): string {
  const shown = wrong.slice(0, MAX_NAMED).map(quote).join(', ');
  const more = wrong.length - MAX_NAMED;
  const all = more > 0 ? `${shown} and ${more} more` : shown;
  return wrong.length === 1 ? `${all} is no port and is left out` : `${all} are no ports and are left out`;
}
