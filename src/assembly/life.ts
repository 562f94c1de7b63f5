import type { Cleanup } from '../cleanup.ts';
import type { Reloaded } from '../control/protocol.ts';
import type { Journal } from '../journal/journal.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { Live } from '../reload/reload.ts';
import type { Reloader } from '../reload/reloader.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Responses } from '../respond/responses/responses.ts';
import type { Sentry } from '../sentry.ts';
import type { Health } from '../supervision.ts';
import type { Trial } from '../trial.ts';

export type Daemon = {
  /** Resolves when somebody asks by the control socket that it stop, with the cause: SUCCESSION when its program is to go on. */
  readonly asked: Promise<string>;
  /** Rejects with XS_ERR_ROLLED_BACK when nobody has confirmed enforcement in time; never resolves. */
  readonly rolledBack: Promise<never>;
  /** Reads the policy anew and goes by it: all of it, or rejects with a SentryError and goes on as before. */
  reload(): Promise<Reloaded>;
  /** How it is at the moment. */
  health(): Health;
  /** Detaches and frees everything; `cause` is told in the log. */
  stop(cause: string): Promise<void>;
  /** The same, but what is pinned stays: the program goes on without this process. */
  leave(cause: string): Promise<void>;
};

export type LifeParts = {
  readonly live: Live;
  readonly cleanup: Pick<Cleanup, 'run'>;
  readonly journal: Pick<Journal, 'log' | 'hurry'>;
  readonly dataPlane: Pick<DataPlane, 'attachments' | 'readsEvents'>;
  readonly responses: Pick<Responses, 'stop'>;
  readonly blocks: Pick<Blocks, 'size'>;
  readonly sentry: Pick<Sentry, 'alerts'>;
  readonly reloader: Pick<Reloader, 'reload' | 'stop'>;
  readonly trial: Pick<Trial, 'isOpen' | 'status' | 'stop' | 'rolledBack'>;
  readonly care: { stop(): void };
  readonly asked: Promise<string>;
  /** From now on what is pinned is to stay, if it can; answers whether it will. */
  readonly willLeave: () => boolean;
};

/** What is asked of a sentry that runs: how it is, another policy, an end. */
export function lifeOf(parts: LifeParts): Daemon {
  const { live, cleanup, journal, dataPlane, responses, blocks, sentry, reloader, trial, care, asked } =
    parts;
  const end = async (signal: string, isLeaving = false) => {
    await reloader.stop();
    const count = blocks.size;
    const unconfirmedSeconds = trial.isOpen ? trial.status?.remainingSeconds : undefined;
    trial.stop();
    care.stop();
    journal.hurry();
    journal.log.release();
    await responses.stop();
    const stays = isLeaving ? namesOf(dataPlane) : undefined;
    journal.log.tell({
      event: 'stopped',
      signal,
      alerts: sentry.alerts,
      blocks: count,
      stays,
      unconfirmedSeconds,
    });
    await cleanup.run();
  };
  return {
    asked,
    rolledBack: trial.rolledBack,
    health: () => ({
      isReading: dataPlane.readsEvents(),
      words: `${namesOf(dataPlane)}, mode ${live.policy.mode}: ${blocks.size} blocks in force, ${sentry.alerts} alerts`,
    }),
    reload: () => reloader.reload(),
    stop: (cause) => end(cause),
    leave: (cause) => end(cause, parts.willLeave()),
  };
}

const namesOf = ({ attachments }: Pick<DataPlane, 'attachments'>): string =>
  attachments.map((it) => it.interface).join(', ');
