import { quote } from '../found.ts';
import type { Notes } from './notes.ts';
import type { Setting } from './settings.ts';

/** The number at the beginning of a text, as C's atoi reads it; 0 when there is none. */
function atoi(text: string): number {
  const number = Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);
  return Math.min(Math.max(number, -2_147_483_648), 2_147_483_647);
}

/** The number that PortSentry 1.2 reads; with a warning when the text is not plainly one. 0 without setting. */
export function readNumber(setting: Setting | undefined, notes: Notes): number {
  if (!setting) return 0;
  const number = atoi(setting.value);
  if (!/^\s*\d+\s*$/.test(setting.value))
    notes.warning(
      setting.line,
      `${setting.key}: ${quote(setting.value)} is no number; it counts as ${number}`,
    );
  return number;
}
