import type { ResponsePolicy } from '../../config/policy.ts';
import type { ResponseName } from '../../report/event.ts';
import type { Effects } from './effects.ts';
import { type Lane, openLane } from './lane.ts';
import { failure, type Outcome } from './outcome.ts';
import { openPauses, type Pauses } from './pauses.ts';
import type { Task, TellResponse } from './task.ts';

/** Neither rejects. `tried`: after the first try. `settled`: when no other try will follow. */
export type Run = { readonly tried: Promise<Outcome>; readonly settled: Promise<Outcome> };

/**
 * A line that cannot be written is tried again after these times: the source is cut off by the data plane already, so no
 * packet of its own will cause another try. A read-only moment passes within them; what lasts longer needs a person.
 */
const RETRY_AFTER_MS = [5_000, 30_000, 180_000];
/** Lines that wait for another try at one time; what fails beyond them is told, and not tried again. */
const MAX_RETRIES = 10_000;

const STOPPING = 'the sentry stops';
/** What is at work when the sentry stops may come to its end within this time. */
const STOP_PATIENCE_MS = 2000;
/** After this time nobody waits any more: a file system may hang. Commands are gone by then. */
const STOP_LIMIT_MS = 3500;

/**
 * Runs tasks, each kind in a lane of its own, so that no script delays a route or a line: commands as many at a time as the
 * policy says; routes one by one, because route and iptables lock each other out; lines at once, because the file's editor
 * takes together what waits. Every try is told.
 */
export class Runner {
  #policy: ResponsePolicy;
  readonly #tell: TellResponse;
  readonly #effects: Effects;
  readonly #lanes: Readonly<Record<ResponseName, Lane>>;
  readonly #pauses: Pauses;
  readonly #stopCommands = new AbortController();
  /** What settles the tasks at work, whether or not they come to an end. */
  readonly #atWork = new Set<(outcome: Outcome) => void>();
  #waiting = 0;
  #whenIdle: (() => void) | undefined;

  constructor(policy: ResponsePolicy, tell: TellResponse, effects: Effects) {
    this.#policy = policy;
    this.#tell = tell;
    this.#effects = effects;
    this.#lanes = {
      hosts_deny: openLane(Number.POSITIVE_INFINITY),
      route: openLane(1),
      command: openLane(policy.concurrency),
    };
    this.#pauses = openPauses(effects.after);
  }

  /** What begins from now on does so by another policy. */
  renew(policy: ResponsePolicy): void {
    this.#policy = policy;
    this.#lanes.command.resize(policy.concurrency);
  }

  /** Tasks at work now. */
  get running(): number {
    return this.#atWork.size;
  }

  /** Tasks that have not begun. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Runs a task after `turn` and then when its lane has room, unless `signal` is aborted before. */
  run(task: Task, turn?: Promise<unknown>, signal?: AbortSignal): Run {
    const tried = this.#try(task, turn, signal);
    return { tried, settled: task.response === 'hosts_deny' ? this.#retry(task, tried, signal) : tried };
  }

  /** Ends within four seconds. What has not begun never will; what is at work gets time, then its commands are ended. */
  async stop(): Promise<void> {
    for (const lane of Object.values(this.#lanes)) lane.close(STOPPING);
    this.#pauses.cut();
    const timers = [
      setTimeout(() => this.#stopCommands.abort(), STOP_PATIENCE_MS),
      setTimeout(() => this.#abandon(), STOP_LIMIT_MS),
    ];
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#checkIdle();
    });
    timers.forEach(clearTimeout);
  }

  async #try(task: Task, turn: Promise<unknown> | undefined, signal?: AbortSignal): Promise<Outcome> {
    let hasBegun = false;
    this.#waiting++;
    await turn;
    const outcome = await this.#lanes[task.response].run(() => {
      hasBegun = true;
      this.#waiting--;
      return this.#work(task);
    }, signal);
    if (!hasBegun) this.#waiting--;
    const { response, undo, address, text } = task;
    this.#tell({ event: 'response', response, undo, address, text, ...outcome });
    this.#checkIdle();
    return outcome;
  }

  async #retry(task: Task, tried: Promise<Outcome>, signal?: AbortSignal): Promise<Outcome> {
    let outcome = await tried;
    for (const delayMs of RETRY_AFTER_MS) {
      if (outcome.result !== 'failed' || this.#pauses.count >= MAX_RETRIES) break;
      outcome = await this.#try(task, this.#pauses.wait(delayMs, signal), signal);
    }
    return outcome;
  }

  #work(task: Task): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        this.#atWork.delete(settle);
        resolve(outcome);
      };
      this.#atWork.add(settle);
      this.#carryOut(task).then(settle, (error) => settle(failure(error)));
    });
  }

  async #carryOut({ undo, text, file }: Task): Promise<Outcome> {
    const { shell, hostsDeny } = this.#effects;
    const { timeoutMs } = this.#policy;
    if (file === undefined) return shell(text, { timeoutMs, stop: this.#stopCommands.signal });
    const result = await (undo ? hostsDeny.remove(file, text) : hostsDeny.add(file, text));
    return { result, detail: undefined };
  }

  #abandon(): void {
    for (const settle of this.#atWork) {
      settle({ result: 'timed_out', detail: 'still at work when the sentry stopped' });
    }
  }

  /** Asks again in the next turn of the event loop: what has just settled may be followed by something that is to be told. */
  #checkIdle(): void {
    const whenIdle = this.#whenIdle;
    const isIdle = () => this.#atWork.size === 0 && this.#waiting === 0;
    if (whenIdle && isIdle()) setImmediate(() => isIdle() && whenIdle());
  }
}
