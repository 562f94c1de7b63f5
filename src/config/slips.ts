import { existsSync } from 'node:fs';
import { interfaceNames } from '../host/host.ts';
import { formatPrefix } from '../values/prefix.ts';
import type { Policy } from './policy.ts';

/** What is probably a slip of somebody's finger, a sentence each: all of it may be meant, and is done. */
export function slipsIn(policy: Policy): string[] {
  return [
    ...interfaceSlips(policy),
    ...ignoreSlips(policy),
    ...listSlips(policy),
    ...placeholderSlips(policy),
  ];
}

function interfaceSlips({ interfaces }: Policy): string[] {
  const there = new Set(interfaceNames());
  const isName = (text: string) => text !== 'auto' && !/[*!]/.test(text);
  return interfaces
    .filter((name) => isName(name) && !there.has(name))
    .map((name) => `there is no interface ${name} at this moment, and without it the sentry does not start`);
}

const ignoreSlips = ({ ignore }: Policy): string[] =>
  ignore
    .filter(({ length }) => length === 0)
    .map(
      (prefix) => `${formatPrefix(prefix)} is on the ignore list: of its family nobody is counted or blocked`,
    );

const listSlips = ({ lists }: Policy): string[] =>
  lists.flatMap(({ name, source }) =>
    source.kind === 'file' && !existsSync(source.path)
      ? [`there is no ${source.path} at this moment, which is the list ${name}`]
      : [],
  );

/** `$TARGET` is a variable of the shell, and empty; `$TARGET$` is what a response knows. */
const HALF_A_PLACEHOLDER = /\$(TARGET|PORT|MODE)(?![$\w])/g;

const placeholderSlips = ({ responses: { hostsDeny, route, command } }: Policy): string[] =>
  [hostsDeny?.entry, route?.run, route?.undo, command?.run, command?.undo].flatMap((line) =>
    [...(line ?? '').matchAll(HALF_A_PLACEHOLDER)].map(
      ([half]) => `${half} in "${line}" stands for nothing: it is ${half}$ that is replaced`,
    ),
  );
