import type { Instant } from '../capture/frame.ts';
import { NS_PER_SECOND } from '../values/duration.ts';

/** The first frame comes so long after the beginning of time: nothing that was before it may be less than 0. */
const START_NS = 3600 * NS_PER_SECOND;

/**
 * The clock of a replay: nanoseconds, from an hour before the first frame on, so that the numbers are exact for months. It never goes
 * back: a frame that claims to be older than the one before came when that did.
 */
export class ReplayClock {
  #start: Instant | undefined;
  #nowNs = 0;
  #setBack = 0;
  #mostBackNs = 0;

  /** The time of a frame of that instant. */
  advance(instant: Instant): number {
    const { seconds, nanoseconds } = instant;
    this.#start ??= { seconds, nanoseconds };
    const atNs =
      START_NS + (seconds - this.#start.seconds) * NS_PER_SECOND + nanoseconds - this.#start.nanoseconds;
    if (atNs < this.#nowNs) {
      this.#setBack++;
      this.#mostBackNs = Math.max(this.#mostBackNs, this.#nowNs - atNs);
    } else this.#nowNs = atNs;
    return this.#nowNs;
  }

  /** Since the first frame. */
  get elapsedNs(): number {
    return this.#start ? this.#nowNs - START_NS : 0;
  }

  /** Frames that claimed to be older than the one before. */
  get setBack(): number {
    return this.#setBack;
  }

  /** How much older one of them claimed to be than what had come by then, at most. */
  get mostBackNs(): number {
    return this.#mostBackNs;
  }

  /** ISO 8601 in UTC, with microseconds. */
  text(atNs: number): string {
    const { seconds, nanoseconds } = this.#start ?? { seconds: 0, nanoseconds: 0 };
    const sinceNs = atNs - START_NS + nanoseconds;
    const whole = Math.floor(sinceNs / NS_PER_SECOND);
    const micros = Math.floor((sinceNs - whole * NS_PER_SECOND) / 1000);
    const date = new Date((seconds + whole) * 1000).toISOString();
    return `${date.slice(0, -'.000Z'.length)}.${String(micros).padStart(6, '0')}Z`;
  }
}
