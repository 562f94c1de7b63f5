import { type Mode, modes } from '../captures.ts';
import type { Evaluation } from '../evaluation.ts';
import { judgeScans } from '../judge.ts';
import type { Verdict } from '../scenes/judge.ts';
import { type Cell, distinct, type Section, shareWhere } from './section.ts';

/** M1: who is found, by kind of scan. */
export const recall = ({ captures, verdicts }: Evaluation): Section[] => [
  ofCaptures(captures),
  ofScenes(verdicts.filter(({ scene }) => scene.group === 'kind')),
];

function ofCaptures(captures: Evaluation['captures']): Section {
  const results = Object.fromEntries(modes.map((mode) => [mode, judgeScans(captures[mode])]));
  const { host, network } = results as Record<Mode, ReturnType<typeof judgeScans>>;
  return {
    metric: 'M1',
    title: 'Scans in captures, by kind',
    about:
      'Captures of real scans by kind. One counts when each of its scanners is alerted of, or blocked. As one host sees it, where a host stands out in the capture, and as ' +
      'every host of the network does. Who only looks for hosts (discovery) has scanned no port and is not in the sum.',
    head: ['scan', 'alerted, host', 'blocked, host', 'alerted, network', 'blocked, network'],
    rows: host.map(({ kind, alerted, blocked }, index): Cell[] => [
      ...[kind, alerted, blocked],
      ...[network[index]!.alerted, network[index]!.blocked],
    ]),
    notes: modes.flatMap((mode) => {
      const missed = results[mode]!.filter(({ kind }) => kind !== 'all').flatMap((result) =>
        result.missed.map((file) => `${file} (${result.kind})`),
      );
      return missed.length === 0 ? [] : [`missed, ${mode}: ${missed.join(', ')}`];
    }),
  };
}

/** Columns of several carriers. */
const carriage: readonly (readonly [head: string, is: (carrier: string) => boolean])[] = [
  ['IPv4', (carrier) => carrier === 'IPv4'],
  ['IPv6', (carrier) => carrier === 'IPv6'],
  ['VLAN, QinQ', (carrier) => /VLAN|QinQ/.test(carrier)],
  ['options, extension headers', (carrier) => carrier.includes(',') && !/VLAN|QinQ/.test(carrier)],
];

function ofScenes(verdicts: readonly Verdict[]): Section {
  const rowOf = (name: string, those: readonly Verdict[]): Cell[] => [
    name,
    ...carriage.map(([, is]) =>
      shareWhere(
        those.filter(({ scene }) => is(scene.column)),
        ({ isFound }) => isFound,
      ),
    ),
    shareWhere(those, ({ isFound }) => isFound),
    shareWhere(those, ({ isBlocked }) => isBlocked),
  ];
  const kinds = distinct(verdicts.map(({ scene }) => scene.row));
  return {
    metric: 'M1',
    title: 'Generated scans, by kind',
    about:
      'Each kind in plain IPv4 and IPv6, behind one VLAN tag and two (both families), and behind IPv4 options and three sets of IPv6 extension headers: 40 TCP ports, 30 of UDP, 30 protocols, 20 of SCTP, or 40 hosts. ' +
      'Right is all of them, whatever carries them; whether to block is a matter of the rules, and of what can be forged.',
    head: ['scan', ...carriage.map(([head]) => head), 'all', 'blocked'],
    rows: [
      ...kinds.map((kind) =>
        rowOf(
          kind,
          verdicts.filter(({ scene }) => scene.row === kind),
        ),
      ),
      rowOf('all', verdicts),
    ],
    notes: [],
  };
}
