/** Something that a person should know about a portsentry.conf which works all the same. */
export type Note = {
  /** Line of the text, from 1; 0: the text as a whole. */
  readonly line: number;
  /** `warning`: a fault in the text, and what was done about it. `difference`: PortSentry makes something else of it. */
  readonly kind: 'warning' | 'difference';
  /** One sentence, without the name of the file. */
  readonly text: string;
};

/** Where the readers of a text put what they have to say. */
export type Notes = {
  warning(line: number, text: string): void;
  difference(line: number, text: string): void;
  /** All of them in the order of the text, warnings first. */
  taken(): Note[];
};

/** Notes of one kind: more than anybody reads, and fewer than a file of another kind would bring forth. */
const MAX_NOTES = 100;

export function takeNotes(): Notes {
  const byKind = { warning: [] as Note[], difference: [] as Note[] };
  const ordered = (kind: Note['kind']): Note[] => {
    const all = byKind[kind].toSorted((a, b) => a.line - b.line);
    if (all.length <= MAX_NOTES) return all;
    const more = `${all.length - MAX_NOTES} more of this kind are not listed`;
    return [...all.slice(0, MAX_NOTES), { line: all[MAX_NOTES]!.line, kind, text: more }];
  };
  return {
    warning: (line, text) => void byKind.warning.push({ line, kind: 'warning', text }),
    difference: (line, text) => void byKind.difference.push({ line, kind: 'difference', text }),
    taken: () => [...ordered('warning'), ...ordered('difference')],
  };
}

/** `portsentry.conf:12: …`: the note as a line of its own. */
export const noteLine = (origin: string, { line, text }: Note): string =>
  line === 0 ? `${origin}: ${text}` : `${origin}:${line}: ${text}`;
