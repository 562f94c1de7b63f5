import type { Evaluation } from '../evaluation.ts';
import { shareOf } from '../interval.ts';
import type { Verdict } from '../scenes/judge.ts';
import { type Cell, distinct, type Section, shareWhere } from './section.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** M3: who is found of those that scan together, and of those that hide among others. */
export const together = ({ verdicts }: Evaluation): Section[] => [
  crowds(verdicts.filter(({ scene }) => scene.group === 'crowd')),
  decoys(verdicts.filter(({ scene }) => scene.group === 'decoys')),
];

function crowds(of: readonly Verdict[]): Section {
  return {
    metric: 'M3',
    title: 'Many sources, one or two ports each',
    about:
      'Each source tries ports of its own, a minute after the one before it; unrelated ones come after a day in which two lone probes an hour from elsewhere were all there was. Each line has four scenes: one or two ports each, below 1024 or above. ' +
      'Found: an alert names one of them, or a network or campaign that has one of them. Named: of all sources, those that alerts name or contain. Right is all of one /24 or /48 that try five ports or more, and a campaign of unrelated ones at 30 ports an hour above what is usual; ten rare ones above it are found as well, which ten sources with a port each are not, where two an hour are usual.',
    head: ['scene', 'found', 'sources named', 'blocked'],
    rows: distinct(of.map(({ scene }) => scene.row)).map((row): Cell[] => {
      const those = of.filter(({ scene }) => scene.row === row);
      const sources = sum(those.map(({ scene }) => scene.scanners.length));
      return [
        row,
        shareWhere(those, ({ isFound }) => isFound),
        shareOf(sum(those.map(({ named }) => named)), sources),
        shareWhere(those, ({ isBlocked }) => isBlocked),
      ];
    }),
    notes: alarms(of),
  };
}

function decoys(of: readonly Verdict[]): Section {
  const isOneScan = (verdict: Verdict) => verdict.class === 'decoy';
  return {
    metric: 'M3',
    title: 'nmap -D: one scan in the name of several',
    about:
      '20 ports; each probe comes from all of the addresses within 0.2 ms, the same to the identification, source port and sequence number, and the true source is one of them. ' +
      'Right is that it is told as one scan of a decoy set, that the true source is among those alerted of, and that no decoy is blocked; ' +
      'but that of two sources both are: a single forged one is no price for a scan that nobody stops.',
    head: [
      'scene',
      'told as decoys',
      'true source alerted of',
      'true source blocked',
      'decoys alerted of',
      'decoys blocked',
    ],
    rows: distinct(of.map(({ scene }) => scene.row)).map((row): Cell[] => {
      const those = of.filter(({ scene }) => scene.row === row);
      const forged = sum(those.map(({ scene }) => scene.forged.length));
      const harmed = those.flatMap((verdict) => verdict.forged);
      return [
        row,
        shareWhere(those, isOneScan),
        shareWhere(those, ({ isFound }) => isFound),
        shareWhere(those, ({ isBlocked }) => isBlocked),
        shareOf(harmed.length, forged),
        shareOf(harmed.filter(({ isBlocked }) => isBlocked).length, forged),
      ];
    }),
    notes: alarms(of),
  };
}

/** Of innocent people in scenes of scans. */
export const alarms = (verdicts: readonly Verdict[]): string[] => {
  const harmed = verdicts.flatMap(({ scene, innocent }) => innocent.map((harm) => ({ scene, ...harm })));
  return distinct(
    harmed.map(({ scene, source, rule, isBlocked }) => {
      const what = isBlocked ? 'blocked' : 'alerted of';
      return `wrongly ${what}: ${source} by ${rule ?? 'no rule'} (${scene.row}, ${scene.column})`;
    }),
  );
};
