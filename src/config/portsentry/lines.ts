/** A line that sets something, as it stands in the text. What it means is another matter: settings.ts. */
export type Assignment = {
  /** From 1. */
  readonly line: number;
  readonly key: string;
  /** It begins with a blank. */
  readonly isIndented: boolean;
  /** What stands between key and value, up to and with the blanks: ` = `. */
  readonly separator: string;
  /** What stands between that and the quote; without quotes, everything. */
  readonly bare: string;
  /** What is in quotes; undefined: there are none. */
  readonly value: string | undefined;
  /** What ended the value: the closing quote, a control character, or the line. */
  readonly end: 'quote' | 'control' | 'line';
  /** What stands behind the value. */
  readonly rest: string;
  readonly bytes: number;
};

export type Lines = {
  readonly assignments: readonly Assignment[];
  /** Lines that are neither blank, nor a comment, nor an assignment. */
  readonly strays: readonly { readonly line: number; readonly text: string }[];
};

const ASSIGNMENT = /^([ \t]*)([A-Za-z_][A-Za-z0-9_]*)([ \t]*=[ \t]*|[ \t]+(?="))(.*)$/s;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters end a value
const VALUE_END = /["\u0000-\u0008\u000a-\u001f\u007f]/;

/** Takes a portsentry.conf apart. Any text will do; carriage returns, a byte order mark and blank lines are let be. */
export function readLines(text: string): Lines {
  const assignments: Assignment[] = [];
  const strays: { line: number; text: string }[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((whole, index) => {
      const content = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
      if (/^[ \t]*(#|$)/.test(content)) return;
      const assignment = readAssignment(content, index + 1);
      if (assignment) assignments.push(assignment);
      else strays.push({ line: index + 1, text: content });
    });
  return { assignments, strays };
}

function readAssignment(content: string, line: number): Assignment | undefined {
  const match = ASSIGNMENT.exec(content);
  if (!match) return undefined;
  const [, indent = '', key = '', separator = '', tail = ''] = match;
  const known = { line, key, isIndented: indent !== '', separator, bytes: Buffer.byteLength(content) };
  const open = tail.indexOf('"');
  if (open < 0) return { ...known, bare: tail, value: undefined, end: 'line', rest: '' };
  const [bare, behind] = [tail.slice(0, open), tail.slice(open + 1)];
  const at = behind.search(VALUE_END);
  if (at < 0) return { ...known, bare, value: behind, end: 'line', rest: '' };
  const end = behind[at] === '"' ? 'quote' : 'control';
  return { ...known, bare, value: behind.slice(0, at), end, rest: behind.slice(at + 1) };
}

const OPTION = /^[ \t]*[A-Z][A-Z0-9_]*[ \t]*=/;
/** Keys of our YAML file are small letters. */
const YAML_KEY = /^\s*(- *)?["']?[a-z][a-z0-9_-]*["']?\s*:(\s|$)/;

/**
 * What a text is by the first line that tells: a setting in capitals, or a key of YAML. A YAML file can have lines like
 * `KEY="value"` only below a key; a line like `key: value` in a portsentry.conf is a stray, which PortSentry passes over.
 */
export function looksLike(text: string): 'portsentry' | 'yaml' | 'neither' {
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (YAML_KEY.test(line)) return 'yaml';
    if (OPTION.test(line)) return 'portsentry';
  }
  return 'neither';
}
