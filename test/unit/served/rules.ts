import { readFileSync } from 'node:fs';
import { parsePrefix } from '../../../src/values/prefix.ts';

/** What the tools have printed of real rules, in a network namespace of their own. */
export const printed = (name: string): string =>
  readFileSync(new URL(`./rules/${name}`, import.meta.url), 'utf8');

/** Addresses of the host that the rules are taken for. */
export const own = ['198.51.100.7', '2001:db8::7'].map((text) => parsePrefix(text)!);
