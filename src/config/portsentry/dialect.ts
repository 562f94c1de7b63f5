import { SentryError } from '../../errors.ts';
import type { Assignment, Lines } from './lines.ts';
import { namesMode, type PortsentryModes, type Style, styleOfModes } from './modes.ts';
import { isOption, type OptionKey, options } from './options.ts';

/** Which PortSentry a text was written for, and what says so. */
export type Dialect = { readonly style: Style; readonly why: string };

/**
 * Which PortSentry a text is for. The modes and the style that a caller names decide; else the first of these does:
 *
 * 1. An option that only 1.2 has (ADVANCED_…): 1.2. PortSentry 2 does not start with one.
 * 2. A port range: 2. PortSentry 1.2 takes `20-25` for 20.
 * 3. IGNORE_FILE, HISTORY_FILE and BLOCKED_FILE, all of which 1.2 needs and 2 does not, with a history that is called
 *    one (`portsentry.history`; in 2 it is a log file): 1.2.
 * 4. Anything else: 2.
 *
 * Throws XS_ERR_USAGE when modes and style do not go together.
 */
export function recognise(
  lines: Lines,
  named: { modes?: PortsentryModes | undefined; style?: Style | undefined },
): Dialect {
  const ofModes = named.modes && styleOfModes(named.modes);
  if (ofModes && named.style && ofModes !== named.style)
    throw new SentryError('XS_ERR_USAGE', `PortSentry ${named.style} does not know these modes`);
  if (named.style) return { style: named.style, why: 'that version was asked for' };
  if (ofModes && namesMode(named.modes)) return { style: ofModes, why: 'its modes were asked for' };
  return byContent(lines.assignments);
}

function byContent(assignments: readonly Assignment[]): Dialect {
  const find = (is: (assignment: Assignment) => boolean) => assignments.find(is)?.key;
  const value = (key: OptionKey) => assignments.find((assignment) => assignment.key === key)?.value;

  const old = find(({ key }) => isOption(key) && !(options[key] as readonly Style[]).includes('2'));
  if (old) return { style: '1.2', why: `only that version has ${old}` };
  const range = find(({ key, value = '' }) => /_PORTS$/.test(key) && /\d\s*-\s*\d/.test(value));
  if (range) return { style: '2', why: `only that version takes ranges, and ${range} has one` };
  const needed = (['IGNORE_FILE', 'HISTORY_FILE', 'BLOCKED_FILE'] as const).every((key) => value(key));
  if (needed && value('HISTORY_FILE')?.endsWith('.history'))
    return { style: '1.2', why: 'its files are those of that version' };
  return { style: '2', why: 'nothing in it is of version 1.2 alone' };
}
