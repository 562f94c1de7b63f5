import type { YAMLError } from 'yaml';

/** Something wrong in a text, at an offset of it. `path` names the option, when there is one. */
export type Problem = { readonly at: number; readonly path: string; readonly message: string };

/** What the commonest faults of YAML are, for people who do not know its grammar. */
const plainWords: Partial<Record<YAMLError['code'], string>> = {
  BAD_DIRECTIVE: 'a line that begins with % is a directive, and this one means nothing; leave it out',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed',
  BAD_SCALAR_START: 'a value that begins with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key and value where only a value can stand; is the indentation wrong?',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing after a key, or the indentation is wrong',
  MULTIPLE_DOCS: 'a second document begins here; a file holds one',
  RESOURCE_EXHAUSTION: 'this is nested too deeply',
  TAB_AS_INDENT: 'a tab indents this line; indent with spaces',
  TAG_RESOLVE_FAILED: 'tags like !this mean nothing here; leave it out, or put the value in quotes',
  UNEXPECTED_TOKEN: 'this does not belong here; does a value need quotes?',
};

/** The faults that the YAML package found, in plain words. Of each line only the first: the rest follows from it. */
export function syntaxProblems(errors: readonly YAMLError[], lineOf: (at: number) => number): Problem[] {
  const byLine = new Map<number, Problem>();
  for (const { code, message, pos } of errors) {
    const line = lineOf(pos[0]);
    if (!byLine.has(line)) byLine.set(line, { at: pos[0], path: '', message: inPlainWords(code, message) });
  }
  return [...byLine.values()];
}

function inPlainWords(code: YAMLError['code'], message: string): string {
  if (/^Missing closing .quote/.test(message)) return 'a quote opens above, and nothing closes it';
  return plainWords[code] ?? `this is not YAML: ${message.replaceAll(/\s+/g, ' ').slice(0, 120)}`;
}
