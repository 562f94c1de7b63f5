import type { z } from 'zod';
import { pathText, type YamlText } from './document.ts';
import type { Problem } from './syntax.ts';

type Issue = z.core.$ZodIssue;

/** Lines of a message: more than anybody reads, and fewer than a file of another kind would bring forth. */
const MAX_LINES = 20;

/** What the schema says against a text, each at its place in it. Leaves out what could not be read as YAML already. */
export function problemsOf(issues: readonly Issue[], yaml: YamlText): Problem[] {
  const unread = new Set(yaml.problems.map(({ at }) => at));
  return issues.flatMap((issue) => locate(issue, yaml)).filter(({ at }) => !unread.has(at));
}

function locate(issue: Issue, yaml: YamlText): Problem[] {
  return flatten(issue).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return { at: yaml.valueAt(issue.path), path: pathText(issue.path), message: issue.message };
    }
    const messages = issue.message.split('\n'); // one for each key: see section() in fields.ts
    return issue.keys.map((key, index) => ({
      at: yaml.keyAt(issue.path, key),
      path: pathText(issue.path),
      message: messages[index]!,
    }));
  });
}

/** Of an option with alternatives, the complaints about the one that was meant; about all when that is not plain. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((issues) => !issues.some(isWrongKind));
  if (meant.length !== 1) return [issue];
  return meant[0]!.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
}

const isWrongKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');

/**
 * `file:line:column: option: what is wrong`, one line for each problem, in the order of the text; when there are too many, the last line is
 * about all those that are left.
 */
export function report(problems: readonly Problem[], origin: string, yaml: YamlText): string {
  const inOrder = [...problems].sort((a, b) => a.at - b.at);
  const told = inOrder.length > MAX_LINES ? inOrder.slice(0, MAX_LINES) : inOrder;
  const lines = told.map(
    ({ at, path, message }) => `${origin}:${yaml.position(at)}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  const next = inOrder[told.length];
  const more = inOrder.length - told.length;
  return [
    ...lines,
    ...(next ? [`${origin}:${yaml.position(next.at)}: and from here on ${more} more`] : []),
  ].join('\n');
}
