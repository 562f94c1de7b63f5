import type { ResponsePolicy } from '../../../../src/config/policy.ts';
import type { SentryEvent } from '../../../../src/report/event.ts';
import type { Effects } from '../../../../src/respond/responses/effects.ts';
import type { EditResult } from '../../../../src/respond/responses/hosts-deny.ts';
import type { Outcome } from '../../../../src/respond/responses/outcome.ts';
import { type ResponseCase, Responses } from '../../../../src/respond/responses/responses.ts';

export type ResponseEvent = Extract<SentryEvent, { event: 'response' }>;

export const DONE: Outcome = { result: 'done', detail: undefined };

/** All three responses, each with an undo; the texts are `WHAT ADDRESS`. */
export const policy = (changes: Partial<ResponsePolicy> = {}): ResponsePolicy => ({
  hostsDeny: { entry: 'deny $TARGET$', file: '/etc/hosts.deny' },
  route: { run: 'route $TARGET$', undo: 'unroute $TARGET$' },
  command: { run: 'script $TARGET$', undo: 'unscript $TARGET$', first: false },
  concurrency: 2,
  timeoutMs: 60_000,
  ...changes,
});

/** The command response without an undo. */
export const command = (first: boolean) => ({ run: 'script $TARGET$', undo: undefined, first });

/** A case of the source 198.51.100.N or, from 256 on, of a network beside it. */
export const caseOf = (index: number, by: ResponseCase['by'] = 'block'): ResponseCase => {
  const address = `198.51.${100 + (index >> 8)}.${index & 255}`;
  return { source: address, address, port: 23, mode: 'atcp', by };
};

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

/** `response result`, with an `un` before what was taken back, of one event. */
export const brief = ({ response, undo, address, result }: ResponseEvent): string =>
  `${undo ? 'un' : ''}${response} ${address} ${result}`;

type Pending<T> = { readonly text: string; readonly finish: (outcome: T) => void };

/** Runs nothing; commands and edits are at work until the test finishes them, time stands still until it says otherwise. */
export class FakeEffects implements Effects {
  /** Commands at work, oldest first. */
  readonly commands: (Pending<Outcome> & { readonly stop: AbortSignal })[] = [];
  /** Edits at work, oldest first: `+LINE` or `-LINE`. */
  readonly edits: Pending<EditResult | Error>[] = [];
  /** Everything that was begun, in order. */
  readonly begun: string[] = [];
  readonly denied = new Set<string>();
  /** What edits do at once; undefined: they wait for the test. */
  editAtOnce: (() => Error | undefined) | undefined = () => undefined;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  #nowMs = 0;

  readonly shell: Effects['shell'] = (text, { stop }) => {
    this.begun.push(text);
    return new Promise((resolve) => this.commands.push({ text, stop, finish: resolve }));
  };

  readonly hostsDeny: Effects['hostsDeny'] = {
    add: (_, line) => this.#edit(`+${line}`),
    remove: (_, line) => this.#edit(`-${line}`),
  };

  readonly after: Effects['after'] = (ms, run) => {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets the oldest command that is at work, or the oldest with that text, come to its end. */
  finish(text?: string, outcome: Outcome = DONE): void {
    const index = text === undefined ? 0 : this.commands.findIndex((command) => command.text === text);
    const [command] = this.commands.splice(index, 1);
    if (!command) throw new Error(`${text ?? 'nothing'} is not at work`);
    command.finish(outcome);
  }

  /** Applies the oldest edit at work, or fails it. */
  finishEdit(error?: Error): void {
    const edit = this.edits.shift()!;
    edit.finish(error ?? this.#apply(edit.text));
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.run();
    }
    await settled();
  }

  #edit(text: string): Promise<EditResult> {
    this.begun.push(text);
    return new Promise((resolve, reject) => {
      const finish = (outcome: EditResult | Error) =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome);
      if (this.editAtOnce) finish(this.editAtOnce() ?? this.#apply(text));
      else this.edits.push({ text, finish });
    });
  }

  #apply(text: string): EditResult {
    const line = text.slice(1);
    const isThere = this.denied.has(line);
    if (text.startsWith('+') === isThere) return 'skipped';
    if (isThere) this.denied.delete(line);
    else this.denied.add(line);
    return 'done';
  }
}

/** Responses with fakes around them. */
export class Bench {
  readonly effects = new FakeEffects();
  readonly told: ResponseEvent[] = [];

  responses(changes: Partial<ResponsePolicy> = {}): Responses {
    return new Responses(policy(changes), (event) => this.told.push(event), this.effects);
  }

  /** What was told, briefly. */
  briefly(): string[] {
    return this.told.map(brief);
  }

  /** Finishes commands until none is left. */
  async finishAll(): Promise<void> {
    for (await settled(); this.effects.commands.length > 0; await settled()) this.effects.finish();
  }
}
