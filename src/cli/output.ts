import { toSentryError } from '../errors.ts';

/** Where a command's words go; tests give their own. */
export type Output = { readonly out: (text: string) => void; readonly err: (text: string) => void };

export const toTerminal: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

/** Prints the answer as JSON, or in the words that `describe` finds for it. */
export function show<T>(
  output: Output,
  asJson: boolean | undefined,
  answer: T,
  describe: (answer: T) => string,
) {
  output.out(asJson ? `${JSON.stringify(answer, undefined, 2)}\n` : describe(answer));
}

/** Says what happened and what to do, with the name of the command where it is known; answers with the exit code. */
export function complain(output: Output, error: unknown, command?: string): number {
  const { message, todo, code, exitCode } = toSentryError(error);
  const done = todo.replace('help COMMAND', ['help', command].filter(Boolean).join(' '));
  output.err(`xdpsentry: ${message}\n  ${done} [${code}]\n`);
  return exitCode;
}

/** Columns as wide as their widest cell, two spaces apart; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column]).length)),
  );
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, column) =>
        typeof cell === 'number' ? String(cell).padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return `${[header, ...rows].map(line).join('\n')}\n`;
}
