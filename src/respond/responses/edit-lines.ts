/** `line` without its end; to be added at the end of the text, or taken away wherever it is. */
export type Edit = { readonly add: boolean; readonly line: string };

/**
 * Makes the edits one after the other, in `text` that may end without a newline. `changed` says of each whether it was one: a
 * line that is there is not added again, one that is not there cannot be taken away. Everything else stays as it is.
 *
 * `text` is read as Latin-1, which keeps every byte of a file in whatever encoding; so lines are turned into it from UTF-8.
 */
export function editLines(
  text: string,
  edits: readonly Edit[],
): { readonly text: string; readonly changed: readonly boolean[] } {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop(); // behind the last newline begins no line
  const asked = edits.map(({ add, line }) => ({ add, line: Buffer.from(line, 'utf8').toString('latin1') }));
  const wanted = new Set(asked.map(({ line }) => line));
  const present = new Set(lines.filter((line) => wanted.has(line)));
  const removed = new Set<string>();
  const added = new Set<string>();

  const changed = asked.map(({ add, line }) => {
    if (add === present.has(line)) return false;
    if (add) {
      present.add(line);
      added.add(line);
    } else {
      present.delete(line);
      if (!added.delete(line)) removed.add(line);
    }
    return true;
  });

  const kept = removed.size === 0 ? text : joined(lines.filter((line) => !removed.has(line)));
  if (added.size === 0) return { text: kept, changed };
  const isWhole = kept === '' || kept.endsWith('\n');
  return { text: `${kept}${isWhole ? '' : '\n'}${joined([...added])}`, changed };
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
