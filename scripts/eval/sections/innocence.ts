import { modes } from '../captures.ts';
import type { Evaluation } from '../evaluation.ts';
import { type FolderResult, judgeInnocent } from '../judge.ts';
import type { Folder } from '../truth.ts';
import { type Cell, distinct, type Section, shareWhere } from './section.ts';
import { alarms } from './together.ts';

/** M7, M9: who is taken for a scanner and is none. */
export const innocence = (evaluation: Evaluation): Section[] => [
  ofFolders(evaluation, {
    metric: 'M7',
    title: 'Ordinary captures',
    about:
      'Captures in which somebody was alerted of, or blocked, who scans nothing: in those of ordinary traffic, and in those of scans, where that is everybody but the scanners. Right is none, and at most one as a network sees it.',
    folders: ['benign', 'scan'],
  }),
  ofScenes(evaluation),
  ofFolders(evaluation, {
    metric: 'M9',
    title: 'Captures that fool detectors',
    about:
      'File sharing, backscatter, floods and spam (neg_hard), and attacks that are no scans, as password guessing (neg_other). Right is no block, and one alert at most.',
    folders: ['neg_hard', 'neg_other'],
  }),
];

type FoldersOf = Pick<Section, 'metric' | 'title' | 'about'> & { readonly folders: readonly Folder[] };

function ofFolders({ captures }: Evaluation, { folders, ...words }: FoldersOf): Section {
  const results = modes.flatMap((mode) =>
    judgeInnocent(captures[mode])
      .filter(({ folder }) => folders.includes(folder))
      .map((result) => ({ mode, ...result })),
  );
  return {
    ...words,
    head: ['captures', 'as', 'alerted of', 'blocked'],
    rows: results.map(({ folder, mode, alerted, blocked }): Cell[] => [folder, mode, alerted, blocked]),
    notes: results.flatMap(blamed),
  };
}

const blamed = ({ alarms: wrong, mode }: FolderResult & { mode: string }): string[] =>
  wrong.map(
    ({ file, source, rule, isBlocked }) =>
      `wrongly ${isBlocked ? 'blocked' : 'alerted of'}: ${source} by ${rule} (${file}, ${mode})`,
  );

function ofScenes({ verdicts }: Evaluation): Section {
  const of = verdicts.filter(({ scene }) => scene.group === 'innocent');
  const bystanders = verdicts.filter(({ scene }) => scene.group !== 'innocent');
  const rowOf = (name: string, those: typeof of): Cell[] => [
    name,
    shareWhere(those, ({ innocent }) => innocent.length > 0),
    shareWhere(those, ({ innocent }) => innocent.some(({ isBlocked }) => isBlocked)),
  ];
  return {
    metric: 'M7',
    title: 'Generated innocent traffic',
    about:
      'In IPv4 and IPv6, each also behind a VLAN tag. The last line is of the scenes of all other tables: an innocent client is in each of them, and in some are others. Right is none.',
    head: ['traffic', 'alerted of', 'blocked'],
    rows: [
      ...distinct(of.map(({ scene }) => scene.row)).map((row) =>
        rowOf(
          row,
          of.filter(({ scene }) => scene.row === row),
        ),
      ),
      rowOf('all', of),
      rowOf('bystanders of scans', bystanders),
    ],
    notes: alarms(of),
  };
}

/** M13: what broken packets do. */
export function robustness({ captures }: Evaluation): Section {
  const rows = modes.map((mode): Cell[] => {
    const of = captures[mode].filter(({ truth }) => truth.folder === 'malformed');
    const result = judgeInnocent(of).find(({ folder }) => folder === 'malformed')!;
    return [
      ...[mode, of.length],
      of.filter(({ failure }) => failure?.isExpected === true).length,
      shareWhere(of, ({ failure }) => failure !== undefined && !failure.isExpected),
      ...[result.alerted, result.blocked],
    ];
  });
  const failures = modes.flatMap((mode) =>
    captures[mode].flatMap(({ truth, failure }) =>
      failure && !failure.isExpected ? [`failed: ${truth.file}, ${mode}: ${failure.message}`] : [],
    ),
  );
  return {
    metric: 'M13',
    title: 'Broken and rare packets',
    about:
      'Captures of malformed packets. Some are of links that have no IP; the others should neither fail nor alert. A test holds addresses, ports and flags against those that tshark reads.',
    head: ['as', 'captures', 'of other links', 'failed', 'alerted of', 'blocked'],
    rows,
    notes: failures,
  };
}
