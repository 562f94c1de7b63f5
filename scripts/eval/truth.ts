import { readFileSync } from 'node:fs';

/** What the name of a folder promises of the captures in it. */
export const folders = ['scan', 'benign', 'neg_hard', 'neg_other', 'malformed'] as const;
export type Folder = (typeof folders)[number];

/** A capture, and what is known to be in it. */
export type Truth = {
  /** Relative to the folder of all captures: scan/a.pcap */
  readonly file: string;
  readonly folder: Folder;
  /** Addresses that scan, as the ground truth names them; empty outside of scan/. */
  readonly scanners: readonly string[];
  readonly kind: ScanKind | undefined;
};

export const scanKinds = [
  'connect',
  'null',
  'xmas',
  'fin',
  'ack',
  'udp',
  'protocol',
  'horizontal',
  'mixed',
  'discovery',
  'syn',
] as const;
export type ScanKind = (typeof scanKinds)[number];

/** In this order: the first that fits. A sweep counts as one whatever it sends. */
const KINDS: readonly (readonly [ScanKind, RegExp])[] = [
  ['discovery', /not a port scan|discovery by ARP/i],
  ['horizontal', /(?<!\+ )\b(?:[5-9]|\d\d+) hosts, (?:1|2|3|tcp)/],
  ['protocol', /IP protocols|-sO/],
  ['mixed', /OS detection/],
  ['connect', /connect\(\)|-sT|connect scan/],
  ['null', /NULL|no flags/],
  ['xmas', /XMAS|FIN\+PSH\+URG/],
  ['fin', /FIN only/],
  ['ack', /ACK only/],
  ['udp', /UDP(?! ports$)/],
  ['syn', /./],
];

const SCANNER = /((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*::[0-9a-f:]*)(?: \([^)]*\))? ->/;

/** The index of all captures: tab-separated, with a line of names. Throws an Error that names the line it cannot use. */
export function readTruths(path: string): Truth[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = head!.split('\t');
  const at = (name: string) => {
    const column = names.indexOf(name);
    if (column < 0) throw new Error(`${path} has no column ${name}`);
    return column;
  };
  const [file, contains, truth] = [at('file'), at('contains'), at('ground_truth')];
  return lines.map((line) => {
    const fields = line.split('\t');
    return truthOf(fields[file]!, fields[contains] ?? '', fields[truth] ?? '');
  });
}

export function truthOf(file: string, contains: string, truth: string): Truth {
  const folder = folders.find((name) => file.startsWith(`${name}/`));
  if (!folder) throw new Error(`${file} is in no folder that is known`);
  if (folder !== 'scan') return { file, folder, scanners: [], kind: undefined };
  const scanner = SCANNER.exec(truth)?.[1];
  if (!scanner) throw new Error(`of ${file} no scanner is named: ${truth}`);
  const kind = KINDS.find(([, words]) => words.test(`${contains}; ${truth}`))![0];
  return { file, folder, scanners: [scanner], kind };
}
