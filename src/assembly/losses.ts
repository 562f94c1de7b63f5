import type { Trails } from '../detect/trails.ts';
import type { Connections } from '../exempt/connections.ts';
import type { Journal } from '../journal/journal.ts';
import type { DataPlane, LossCount } from '../kernel/data-plane.ts';
import type { Remembrance } from '../memory/remembrance.ts';
import type { Research } from '../research/research.ts';
import type { Marks } from '../respond/marks.ts';
import type { Offences } from '../respond/offences.ts';
import type { Responses } from '../respond/responses/responses.ts';
import type { Sentry } from '../sentry.ts';

export type LosingParts = {
  readonly dataPlane: Pick<DataPlane, 'losses'>;
  readonly isGuardingConnected: () => boolean;
  readonly connections: Pick<Connections, 'withoutRoom' | 'forgotten'>;
  readonly sentry: () => Pick<Sentry, 'forgotten' | 'together'>;
  readonly trails: Pick<Trails, 'forgotten'>;
  readonly marks: Pick<Marks, 'forgotten'>;
  readonly offences: Pick<Offences, 'forgotten'>;
  readonly responses: Pick<Responses, 'refused'>;
  readonly research: Pick<Research, 'refused'>;
  readonly journal: Pick<Journal, 'log' | 'records' | 'refusedNames'>;
  readonly remembrance: Pick<Remembrance, 'lost' | 'lostTrails'>;
};

/** Reads what every part has lost since the start; each has a reason of its own (docs/metrics.md). */
export const lossReader =
  (parts: LosingParts): (() => LossCount[]) =>
  () => {
    const { dataPlane, connections, trails, marks, offences, responses, research, journal, remembrance } =
      parts;
    const sentry = parts.sentry();
    return [
      ...dataPlane.losses(),
      { reason: 'connection_unguarded', count: parts.isGuardingConnected() ? connections.withoutRoom : 0 },
      { reason: 'regular_forgotten', count: connections.forgotten },
      { reason: 'source_forgotten', count: sentry.forgotten },
      { reason: 'network_forgotten', count: sentry.together.forgotten.network },
      { reason: 'decoy_forgotten', count: sentry.together.forgotten.decoy },
      { reason: 'trail_forgotten', count: trails.forgotten },
      { reason: 'mark_forgotten', count: marks.forgotten },
      { reason: 'offender_forgotten', count: offences.forgotten },
      { reason: 'answer_refused', count: responses.refused },
      { reason: 'name_refused', count: journal.refusedNames + research.refused },
      { reason: 'log_line', count: journal.log.lost },
      { reason: 'file_line', count: journal.records.lost },
      { reason: 'memory_row', count: remembrance.lost },
      { reason: 'trail_row', count: remembrance.lostTrails },
    ];
  };
