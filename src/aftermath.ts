import type { PortsentryPolicy } from './config/policy.ts';
import type { Records } from './journal/records.ts';
import type { Block, RemovalCause } from './respond/blocks.ts';
import type { Evidence, Mark } from './respond/marks.ts';
import type { ResponseCase, Responses } from './respond/responses/responses.ts';

export type AftermathParts = {
  readonly portsentry: PortsentryPolicy | undefined;
  readonly responses: Pick<Responses, 'answer' | 'undo' | 'resume' | 'forget'>;
  readonly records: Pick<Records, 'add' | 'remove'>;
  /** On trial: nothing follows on such an answer unless it is confirmed, for that could not be rolled back. */
  readonly isHeld: (answered: Answered) => boolean;
};

/** A block by a rule or by a person, or a mark: as much of it as counts here. */
export type Answered = { readonly addedNs?: number } & (
  | Pick<Block, 'source' | 'evidence'>
  | Pick<Mark, 'source' | 'evidence' | 'rule' | 'by'>
);

type Answer = { readonly key: string; readonly by: 'block' | Mark['by']; readonly evidence: Evidence };

/**
 * What follows on an answer to a source, and on its end: responses and records. What a person has blocked has no deciding
 * probe, and nothing follows on it.
 */
export class Aftermath {
  readonly #parts: AftermathParts;
  /** Answers that are over by themselves and still being taken back, by key. */
  readonly #endings = new Map<string, object>();
  #isResuming = false;

  constructor(parts: AftermathParts) {
    this.#parts = parts;
  }

  /** An answer has begun. False: it was a command that will not run, and nothing is recorded. */
  begin(answered: Answered): boolean {
    const answer = this.#followedUp(answered);
    if (!answer) return true;
    const { responses, records } = this.#parts;
    const wanted = this.#caseOf(answer);
    this.#endings.delete(answer.key);
    if (this.#isResuming) {
      if (wanted) responses.resume(wanted);
      return true;
    }
    if (wanted && !responses.answer(wanted) && wanted.by === 'command') return false;
    records.add(answer.evidence);
    return true;
  }

  /**
   * It has ended. Lifted by hand, it leaves the record at once, or it would be back with the next start. Over by itself, it
   * stays there until what it did is taken back: should the sentry stop before, the next start does that.
   */
  end(answered: Answered, cause: RemovalCause): void {
    const answer = this.#followedUp(answered);
    if (!answer) return;
    const { responses, records } = this.#parts;
    const wanted = this.#caseOf(answer);
    const undone = wanted ? responses.undo(wanted) : Promise.resolve(true);
    if (!wanted || cause !== 'expired') {
      records.remove(answer.evidence);
      return;
    }
    const ending = {};
    this.#endings.set(answer.key, ending);
    void undone.then((isDone) => {
      if (this.#endings.get(answer.key) !== ending) return; // it has been answered anew
      this.#endings.delete(answer.key);
      if (isDone) records.remove(answer.evidence);
    });
  }

  /** An answer of an earlier run has ended while nobody was there. */
  endLate(answered: Answered): void {
    this.resume(() => this.begin(answered));
    this.end(answered, 'expired');
  }

  /** It is on record no longer, and what it did stays done. */
  forget(answered: Answered): void {
    const answer = this.#followedUp(answered);
    if (!answer) return;
    const wanted = this.#caseOf(answer);
    if (wanted) this.#parts.responses.forget(wanted);
    this.#parts.records.remove(answer.evidence);
  }

  /** What begins meanwhile goes on from an earlier run: it is recorded, and what it did is taken for done. */
  resume(begin: () => void): void {
    this.#isResuming = true;
    try {
      begin();
    } finally {
      this.#isResuming = false;
    }
  }

  /** What begins just now is no news. */
  get isResuming(): boolean {
    return this.#isResuming;
  }

  /** Undefined: nothing follows on it, or not yet. */
  #followedUp(answered: Answered): Answer | undefined {
    const isHeld = !this.#isResuming && this.#parts.isHeld(answered);
    return isHeld ? undefined : answerOf(answered);
  }

  #caseOf({ key, by, evidence }: Answer): ResponseCase | undefined {
    if (by === 'record') return undefined;
    const { address, port, protocol } = evidence;
    return { source: key, address, port, mode: this.#parts.portsentry?.modes[protocol] ?? protocol, by };
  }
}

/** Undefined when a person asked for it. A source may have marks of several rules. */
function answerOf(answered: Answered): Answer | undefined {
  const { source, evidence } = answered;
  if (!evidence) return undefined;
  return 'by' in answered
    ? { key: `${source} ${answered.rule}`, by: answered.by, evidence }
    : { key: source, by: 'block', evidence };
}
