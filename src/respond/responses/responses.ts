import type { ResponsePolicy } from '../../config/policy.ts';
import type { ResponseName } from '../../report/event.ts';
import { type Effects, realEffects } from './effects.ts';
import { type Answered, forgetWhatIsOver, type OpenCase } from './open-case.ts';
import { failure, wasDone } from './outcome.ts';
import { type ResponseCase, responsesFor, templateOf, textOf } from './plan.ts';
import { Runner } from './runner.ts';
import type { Task, TellResponse } from './task.ts';

export type { ResponseCase } from './plan.ts';

/** Cases that wait for a turn of theirs: with four scripts of a second each, three quarters of an hour of work. */
const MAX_CASES = 10_000;

/**
 * Answers sources with hosts.deny, route and command, and takes that back. No call waits or throws; each response that is run,
 * taken back, refused or cancelled is told by one event, and one more for each further try at a line that could not be written.
 *
 * A case is a source and what it is answered by. It is answered once until it ends. Its responses run one after the other,
 * whatever becomes of those before; different cases wait for each other only where the runner's lanes are full.
 */
export class Responses {
  #policy: ResponsePolicy;
  readonly #tell: TellResponse;
  readonly #runner: Runner;
  readonly #open = new Map<string, OpenCase>();
  /** Cases that have ended while something was still to be taken back: the next answer to that source waits for it. */
  readonly #endings = new Map<string, Promise<unknown>>();
  #answering = 0;
  #refused = 0;
  #stopped: Promise<void> | undefined;

  constructor(policy: ResponsePolicy, tell: TellResponse, effects: Partial<Effects> = {}) {
    this.#policy = policy;
    this.#tell = tell;
    this.#runner = new Runner(policy, tell, { ...realEffects(), ...effects });
  }

  /** Answers by another policy from now on; what was answered before is taken back by that of its time. */
  renew(policy: ResponsePolicy): void {
    this.#policy = policy;
    this.#runner.renew(policy);
  }

  /** Responses and their undos at work now. */
  get running(): number {
    return this.#runner.running;
  }

  /** Responses and their undos that have not begun. */
  get waiting(): number {
    return this.#runner.waiting;
  }

  /** Cases that were not answered because too many were waiting. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Runs the responses that this case asks for, unless it is open already. False: too many are waiting, and none of them will
   * run.
   */
  answer(answered: ResponseCase): boolean {
    const key = keyOf(answered);
    if (this.#open.has(key)) return true;
    const policy = this.#policy;
    const tasks = this.#tasks(policy, answered, responsesFor(policy, answered.by), false);
    if (tasks.length === 0) return true;
    if (this.#answering >= MAX_CASES) {
      this.#refuse(tasks);
      return false;
    }
    this.#begin(key, answered, tasks);
    return true;
  }

  /** Nobody will end this case any more: what it did stays done. */
  forget(answered: ResponseCase): void {
    this.#open.delete(keyOf(answered));
  }

  /** Opens a case that an earlier run of the sentry has answered: all that it asks for is taken for done. */
  resume(answered: ResponseCase): void {
    const key = keyOf(answered);
    if (this.#open.has(key)) return;
    const names = responsesFor(this.#policy, answered.by);
    const responses = names.map((response) => ({ response, outcome: undefined }));
    if (responses.length > 0)
      this.#open.set(key, { answered, policy: this.#policy, responses, cancel: undefined });
  }

  /**
   * The case has ended. What has not begun is cancelled; what was done is taken back, once it has come to its end: the line
   * goes, and the undo commands run, all by the tokens of the answer. Resolves with false when the sentry stopped before all
   * of it had its turn.
   */
  undo(ended: ResponseCase): Promise<boolean> {
    const key = keyOf(ended);
    const open = this.#open.get(key);
    if (!open) return Promise.resolve(true);
    this.#open.delete(key);
    open.cancel?.abort('the block ended before its turn came');
    const ending = Promise.all(open.responses.map((response) => this.#takeBack(open, response)));
    this.#endings.set(key, ending);
    void ending.then(() => {
      if (this.#endings.get(key) === ending) this.#endings.delete(key);
    });
    return ending.then((all) => all.every((isDone) => isDone));
  }

  /** Ends within four seconds. Nothing begins from now on, and that is told; nothing is taken back because of it. */
  stop(): Promise<void> {
    this.#stopped ??= this.#runner.stop();
    return this.#stopped;
  }

  #begin(key: string, answered: ResponseCase, tasks: readonly Task[]): void {
    const cancel = new AbortController();
    let turn = this.#endings.get(key);
    const responses = tasks.map((task) => {
      const { tried, settled } = this.#runner.run(task, turn, cancel.signal);
      turn = tried;
      return { response: task.response, outcome: settled };
    });
    this.#answering++;
    void turn!.then(() => this.#answering--);
    const open = { answered, policy: this.#policy, responses, cancel };
    this.#open.set(key, open);
    void forgetWhatIsOver(open);
  }

  async #takeBack({ answered, policy }: OpenCase, { response, outcome }: Answered): Promise<boolean> {
    if (outcome && !wasDone(await outcome)) return true;
    let isDone = true;
    for (const task of this.#tasks(policy, answered, [response], true)) {
      const { result } = await this.#runner.run(task).settled;
      if (result === 'not_run') isDone = false;
    }
    return isDone;
  }

  #tasks(
    policy: ResponsePolicy,
    answered: ResponseCase,
    names: readonly ResponseName[],
    undo: boolean,
  ): Task[] {
    const { address } = answered;
    return names.flatMap((response) => {
      const file = response === 'hosts_deny' ? policy.hostsDeny?.file : undefined;
      const task = { response, undo, address };
      try {
        const text = textOf(policy, response, undo, answered);
        return text === undefined ? [] : [{ ...task, text, file }];
      } catch (error) {
        const text = templateOf(policy, response, undo, address) ?? '';
        this.#tell({ event: 'response', ...task, text, ...failure(error) });
        return [];
      }
    });
  }

  #refuse(tasks: readonly Task[]): void {
    this.#refused++;
    for (const { file: _, ...task } of tasks) {
      this.#tell({ event: 'response', ...task, result: 'not_run', detail: 'queue full' });
    }
  }
}

const keyOf = ({ by, source }: ResponseCase): string => `${by} ${source}`;
