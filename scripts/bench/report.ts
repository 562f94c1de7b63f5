import { table } from '../../src/cli/output.ts';
import { type Judged, ratio } from './bars.ts';
import { PARSE_ONLY } from './cost.ts';
import { BASELINE } from './live.ts';
import type { Bench, Missing, PartName, Result, Unit } from './result.ts';

type Cell = string | number;
export type Table = { readonly header: readonly string[]; readonly rows: readonly (readonly Cell[])[] };

/** The rows of a part, those that are missing at the end. */
export function tableOf({ results, missing }: Pick<Bench, 'results' | 'missing'>, part: PartName): Table {
  const own = results.filter((result) => result.part === part);
  const over = { cost: `x ${PARSE_ONLY}`, live: `x ${BASELINE}` }[part as string];
  const header = [
    'tool',
    'what',
    'IP',
    'blocks',
    'n',
    'median',
    'min',
    'max',
    'unit',
    ...(over ? [over] : []),
  ];
  const rows = own.map((result) => [
    ...identity(result),
    result.samples.length,
    ...[result.median, result.min, result.max].map(
      (value) => `${result.isBeyond ? 'over ' : ''}${format(value, result.unit)}`,
    ),
    result.unit,
    ...(over ? [ratio(result, baselineOf(own, result))?.toFixed(2) ?? ''] : []),
  ]);
  const absent = missing
    .filter((row) => row.part === part)
    .map((row) => [...identity(row), '', 'not available', '', '', '', ...(over ? [''] : [])]);
  return { header, rows: [...rows, ...absent] };
}

export function barsTable(judged: readonly Judged[]): Table {
  const rows = judged.map(({ what, bar, measured, verdict }) => [what, bar, measured, verdict]);
  return { header: ['what', 'bar', 'measured', ''], rows };
}

export const toText = ({ header, rows }: Table): string => table(header, rows);

export function toMarkdown({ header, rows }: Table): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Why rows are missing, each reason once. */
export const reasons = (missing: readonly Missing[]): string[] => [...new Set(missing.map(({ why }) => why))];

/** Packets that a tool did not account for are told of, whatever else is. */
export function losses(results: readonly Result[]): string[] {
  return results
    .filter(({ lost }) => lost !== undefined && lost > 0)
    .map(({ tool, what, family, lost }) => `${tool}, IPv${family}, ${what}: ${lost} packets were lost`);
}

/** What a row is compared with: the least that can be done with the same packets. */
function baselineOf(results: readonly Result[], { part, what, family }: Result): Result | undefined {
  return results.find((other) => {
    if (other.family !== family) return false;
    return part === 'cost' ? other.tool === PARSE_ONLY : other.tool === BASELINE && other.what === what;
  });
}

function identity({ tool, what, family, blocks }: Omit<Missing, 'why' | 'part'>): Cell[] {
  return [tool, what, family ? `v${family}` : '', blocks === undefined ? '' : blocks.toLocaleString('en')];
}

/** Counts are exact; of the rest, three digits say as much as such a machine can. */
export function format(value: number, unit: Unit): string {
  if (unit === 'ports' || unit === 'probes') return value.toLocaleString('en');
  return Number(value.toPrecision(3)).toLocaleString('en');
}
