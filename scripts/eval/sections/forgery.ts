import type { Evaluation } from '../evaluation.ts';
import { type Cell, distinct, type Section, shareWhere } from './section.ts';

/** As long as a block may be that a forged packet can bring about. */
const SHORT_S = 600;
const COLUMN = /^(?<attack>[^,]+), (?<count>[^,]+), /;

/** M10: what becomes of those in whose name others scan. */
export function forgery({ verdicts }: Evaluation): Section {
  const of = verdicts
    .filter(({ scene }) => scene.group === 'forgery')
    .map(
      (verdict) =>
        ({ ...verdict, ...COLUMN.exec(verdict.scene.column)!.groups }) as typeof verdict & {
          attack: string;
          count: string;
        },
    );
  const counts = distinct(of.map(({ count }) => count));
  const rows = distinct(of.map(({ scene }) => scene.row)).flatMap((peer) =>
    distinct(of.map(({ attack }) => attack)).map((attack): Cell[] => {
      const those = of.filter((one) => one.scene.row === peer && one.attack === attack);
      const isBlocked = ({ forged }: (typeof those)[number]) => forged.some((harm) => harm.isBlocked);
      return [
        ...[peer, attack],
        ...counts.map((count) =>
          shareWhere(
            those.filter((one) => one.count === count),
            isBlocked,
          ),
        ),
        shareWhere(those, ({ forged }) => forged.some((harm) => harm.longestBlockSeconds > SHORT_S)),
        shareWhere(those, ({ forged }) => forged.length > 0),
      ];
    }),
  );
  return {
    metric: 'M10',
    title: 'Probes in the name of others',
    about:
      'Somebody forges packets to closed ports from the address of a peer of the host, in IPv4 and IPv6: how many peers are blocked after how many packets, blocked for longer than 10 minutes, and alerted of. ' +
      'Right is none, for each of them is known: by its session, by the connections that it has made again and again, by its answers to questions for names, by the routes of the host, which a replay has to be told of (`--guard`). See guard.md.',
    head: ['peer', 'forged', ...counts.map((count) => `blocked, ${count}`), 'blocked > 10 min', 'alerted of'],
    rows,
    notes: [],
  };
}
