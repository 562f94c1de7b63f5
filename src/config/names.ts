import type { z } from 'zod';
import { NAME } from '../values/name.ts';
import { textual } from './fields.ts';
import { quote } from './found.ts';

const ALLOWED = 'a name of its own: a small letter, then up to 31 small letters, digits, - and _';

/** The name of a rule or a list. */
export const ownName = (noun: string) =>
  textual(noun, ALLOWED, (text) => (NAME.test(text) ? text : undefined)).meta({
    pattern: NAME.source,
    allowed: ALLOWED,
  });

/** A check of a whole list, `key` in the file: no two items have one name. */
export const eachNameOnce =
  (key: string) =>
  (list: readonly { readonly name?: unknown }[], context: z.RefinementCtx): void => {
    const first = new Map<string, number>();
    list.forEach((item, index) => {
      const name = item?.name;
      if (typeof name !== 'string') return;
      const message = `${quote(name)} is the name of ${key}[${first.get(name)}], too; each needs one of its own`;
      if (first.has(name)) context.addIssue({ code: 'custom', message, path: [index, 'name'] });
      else first.set(name, index);
    });
  };
