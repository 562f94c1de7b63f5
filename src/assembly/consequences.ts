import type { Aftermath } from '../aftermath.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { Remembrance } from '../memory/remembrance.ts';
import type { Metrics } from '../report/metrics.ts';
import type { Block, BlockListener } from '../respond/blocks.ts';
import type { MarkListener } from '../respond/marks.ts';
import type { Offences } from '../respond/offences.ts';
import type { Sentry } from '../sentry.ts';
import { NS_PER_MS } from '../values/duration.ts';

export type ConsequenceParts = {
  readonly dataPlane: Pick<DataPlane, 'nowNs'>;
  readonly aftermath: Pick<Aftermath, 'begin' | 'end' | 'forget' | 'isResuming'>;
  readonly offences: Pick<Offences, 'blocked' | 'ended'>;
  readonly remembrance: Pick<Remembrance, 'blocked' | 'unblocked'>;
  readonly metrics: () => Pick<Metrics, 'countAdded' | 'countRemoved'>;
  readonly sentry: () => Pick<Sentry, 'tell' | 'answerEnded'>;
};

/** What follows from a block, and from its end: counts, memory, a line in the log, responses. */
export const blockConsequences = (parts: ConsequenceParts): BlockListener => {
  const { dataPlane, aftermath, offences, remembrance, metrics, sentry } = parts;
  return {
    added(block) {
      metrics().countAdded(block.origin);
      const seconds = secondsOf(block, block.addedNs);
      if (!aftermath.isResuming) {
        offences.blocked(block);
        remembrance.blocked(block);
        sentry().tell({ event: 'blocked', ...wordsFor(block), seconds });
      }
      aftermath.begin(block);
    },
    changed(block) {
      const seconds = secondsOf(block, dataPlane.nowNs());
      offences.blocked(block);
      remembrance.blocked(block);
      sentry().tell({ event: 'block_changed', ...wordsFor(block), seconds });
    },
    removed(block, cause) {
      metrics().countRemoved(cause);
      offences.ended(block, cause);
      if (cause !== 'suspended') remembrance.unblocked(block);
      sentry().answerEnded(block, cause);
      sentry().tell({ event: 'unblocked', source: block.source, cause });
      aftermath.end(block, cause);
    },
  };
};

/** The same of a mark: PortSentry's answers that block nothing. */
export const markConsequences = ({
  aftermath,
  sentry,
}: Pick<ConsequenceParts, 'aftermath' | 'sentry'>): MarkListener => ({
  added: (mark) => aftermath.begin(mark),
  forgotten: (mark) => aftermath.forget(mark),
  removed(mark, cause) {
    sentry().answerEnded(mark, cause);
    sentry().tell({ event: 'unblocked', source: mark.source, cause });
    aftermath.end(mark, cause);
  },
});

const wordsFor = ({ source, origin, reason }: Block) => ({ source, origin, reason });

const secondsOf = ({ expiresNs }: Block, fromNs: number): number | undefined =>
  expiresNs === undefined ? undefined : Math.round((expiresNs - fromNs) / NS_PER_MS) / 1000;
