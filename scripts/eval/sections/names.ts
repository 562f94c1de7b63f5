import type { Evaluation } from '../evaluation.ts';
import { byScanner } from '../judge.ts';
import type { ScanKind } from '../truth.ts';
import { type Cell, distinct, type Section, shareWhere } from './section.ts';

/** M15: what scans, and what does it, by the names that they are given. */
export const names = (evaluation: Evaluation): Section[] => [
  confusion('Generated scans: what they are, and what they are told to be', ofScenes(evaluation)),
  confusion('Scans in captures: what they are, and what they are told to be', ofCaptures(evaluation)),
  tools(evaluation),
];

type Told = { readonly truth: string; readonly told: string };

const MISSED = 'missed';

const ofScenes = ({ verdicts }: Evaluation): Told[] =>
  verdicts
    .filter(({ scene }) => scene.class !== undefined && scene.group !== 'tool')
    .map(({ scene, class: told = MISSED }) => ({ truth: scene.class!, told }));

/** Captures of several kinds at once are not in it. */
const classes: Readonly<Record<ScanKind, string | undefined>> = {
  connect: 'vertical',
  syn: 'vertical',
  null: 'stealth',
  xmas: 'stealth',
  fin: 'stealth',
  ack: 'stealth',
  udp: 'udp',
  protocol: 'protocol',
  horizontal: 'horizontal',
  mixed: undefined,
  discovery: undefined,
};

const ofCaptures = ({ captures }: Evaluation): Told[] =>
  captures.host.flatMap((outcome) => {
    const { kind } = outcome.truth;
    const truth = kind && classes[kind];
    if (truth === undefined) return [];
    const told = byScanner(outcome).find(({ alerted }) => alerted)?.class ?? MISSED;
    return [{ truth, told }];
  });

function confusion(title: string, all: readonly Told[]): Section {
  const truths = distinct(all.map(({ truth }) => truth));
  const others = distinct(all.map(({ told }) => told)).filter(
    (told) => !truths.includes(told) && told !== MISSED,
  );
  const columns = [...truths, ...others, MISSED];
  const rowOf = (name: string, those: readonly Told[]): Cell[] => [
    name,
    ...columns.map((column) => those.filter(({ told }) => told === column).length || null),
    shareWhere(those, ({ truth, told }) => truth === told),
  ];
  return {
    metric: 'M15',
    title,
    about:
      'Lines: what they are. Columns: what the replay says that they are, of those that were alerted of. Right is 95 % on the diagonal.',
    head: ['is', ...columns, 'right'],
    rows: [
      ...truths.map((truth) =>
        rowOf(
          truth,
          all.filter((one) => one.truth === truth),
        ),
      ),
      rowOf('all', all),
    ],
    notes: [],
  };
}

function tools({ verdicts }: Evaluation): Section {
  const of = verdicts.filter(({ scene }) => scene.tool !== undefined);
  const strangers = verdicts.filter(({ scene }) => scene.group === 'crowd');
  const isFew = ({ scene }: (typeof of)[number]) => scene.column.startsWith('two probes');
  const rowOf = (name: string, those: typeof of): Cell[] => [
    name,
    shareWhere(
      those.filter((one) => !isFew(one)),
      ({ scene, tool }) => tool === scene.tool,
    ),
    shareWhere(those.filter(isFew), ({ scene, tool }) => tool === scene.tool),
    shareWhere(those, ({ scene, tool }) => tool !== undefined && tool !== scene.tool),
  ];
  const rows = distinct(of.map(({ scene }) => scene.row));
  return {
    metric: 'M15',
    title: 'The tool that sends the probes',
    about:
      'Scans with the headers of a tool, 20 probes of one source, and two probes each of four sources. Wrong: another tool is named. The last line is of probes of an ordinary Linux, of which no tool should be named.',
    head: ['tool', 'named, 20 probes', 'named, few probes', 'wrong'],
    rows: [
      ...rows.map((row) =>
        rowOf(
          row,
          of.filter(({ scene }) => scene.row === row),
        ),
      ),
      ['no tool: Linux', null, null, shareWhere(strangers, ({ tool }) => tool !== undefined)],
    ],
    notes: [],
  };
}
