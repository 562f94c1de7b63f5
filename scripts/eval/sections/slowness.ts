import type { Evaluation } from '../evaluation.ts';
import type { Verdict } from '../scenes/judge.ts';
import { spreadOf } from '../spread.ts';
import { type Cell, distinct, type Section, shareWhere } from './section.ts';

/** M2: who is found, by the rate of the probes. */
export function slowness({ verdicts }: Evaluation): Section {
  const of = verdicts.filter(({ scene }) => scene.group === 'rate');
  const rangeOf = ({ scene }: Verdict) => scene.column.split(', ').at(-1)!;
  const senderOf = ({ scene }: Verdict) => scene.column.split(', ').slice(0, -1).join(', ');
  const [senders, ranges] = [distinct(of.map(senderOf)), distinct(of.map(rangeOf))];
  return {
    metric: 'M2',
    title: 'Generated scans, by rate',
    about:
      'One source that sends SYN to 20 distinct closed ports of one host, at a steady rate; at one probe per 6 hours it reaches 9 of them in two days. 12/h is `nmap -T0`. Once with the packets of nmap, which show it, and once with those of a plain Linux. ' +
      'Time stamps are true: the clock of the replay goes by them. Right is all down to 1/h, and 95 % at one per 6 h.',
    head: [
      'probes',
      ...senders,
      ...ranges.map((range) => `ports ${range}`),
      'blocked',
      'ports to alert: worst',
    ],
    rows: distinct(of.map(({ scene }) => scene.row)).map((row): Cell[] => {
      const those = of.filter(({ scene }) => scene.row === row);
      const isFound = ({ isFound: found }: Verdict) => found;
      return [
        row,
        ...senders.map((sender) =>
          shareWhere(
            those.filter((one) => senderOf(one) === sender),
            isFound,
          ),
        ),
        ...ranges.map((range) =>
          shareWhere(
            those.filter((one) => rangeOf(one) === range),
            isFound,
          ),
        ),
        shareWhere(those, ({ isBlocked }) => isBlocked),
        spreadOf(those.flatMap(({ portsToAlert }) => portsToAlert ?? []))?.worst ?? null,
      ];
    }),
    notes: [],
  };
}
