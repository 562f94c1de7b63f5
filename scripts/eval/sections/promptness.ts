import { modes } from '../captures.ts';
import type { Evaluation } from '../evaluation.ts';
import { judgeScans } from '../judge.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { type Cell, distinct, type Section } from './section.ts';

/** M4: how much a scanner has learned when he is found. */
export function promptness({ captures, verdicts }: Evaluation): Section {
  const ofScenes = verdicts.filter(({ scene }) => scene.group === 'kind');
  const captured = modes.flatMap((mode) =>
    judgeScans(captures[mode])
      .filter(({ ports }) => ports.length > 0)
      .map(({ kind, ports }) => line(`captures, ${mode}: ${kind}`, spreadOf(ports)!)),
  );
  const generated = distinct(ofScenes.map(({ scene }) => scene.row)).flatMap((kind) => {
    const of = ofScenes.filter(({ scene }) => scene.row === kind);
    const spread = spreadOf(of.flatMap(({ portsToAlert }) => portsToAlert ?? []));
    return spread ? [line(`generated: ${kind}`, spread)] : [];
  });
  return {
    metric: 'M4',
    title: 'Closed ports that a scanner has tried when the first alert comes',
    about:
      'Distinct ports, where one of two hosts or of two protocols is two; the n are scanners that were alerted of. ' +
      'Of fast SYN scans the median should be 4, the 95th percentile 6 and the worst 10; of flags that no connection has, 2.',
    head: ['scan', 'n', 'median', '95 %', 'worst'],
    rows: [...captured, ...generated],
    notes: [],
  };
}

const line = (name: string, { n, median, p95, worst }: Spread): Cell[] => [name, n, median, p95, worst];
