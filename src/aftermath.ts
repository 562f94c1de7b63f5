import type { PortsentryPolicy } from './config/policy.ts';
import type { Records } from './records.ts';
import type { Block } from './respond/blocks.ts';
import type { Evidence, Mark } from './respond/marks.ts';
import type { ResponseCase, Responses } from './respond/responses/responses.ts';

export type AftermathParts = {
  readonly portsentry: PortsentryPolicy | undefined;
  readonly responses: Pick<Responses, 'answer' | 'undo' | 'resume'>;
  readonly records: Pick<Records, 'add' | 'remove'>;
};

/** An answer to a source: a block by a rule, or a mark. */
type Answer = { readonly key: string; readonly by: 'block' | Mark['by']; readonly evidence: Evidence };

/**
 * What follows on an answer to a source, and on its end: responses and records. What a person has blocked has no deciding
 * probe, and nothing follows on it.
 */
export class Aftermath {
  readonly #parts: AftermathParts;
  #isResuming = false;

  constructor(parts: AftermathParts) {
    this.#parts = parts;
  }

  /** An answer has begun. */
  begin(block: Block | Mark): void {
    const answer = answerOf(block);
    if (!answer) return;
    const { responses, records } = this.#parts;
    const wanted = this.#caseOf(answer);
    if (wanted && this.#isResuming) responses.resume(wanted);
    else if (wanted) responses.answer(wanted);
    if (!this.#isResuming) records.add(answer.evidence);
  }

  /** It has ended, by itself or by hand. */
  end(block: Block | Mark): void {
    const answer = answerOf(block);
    if (!answer) return;
    const wanted = this.#caseOf(answer);
    if (wanted) this.#parts.responses.undo(wanted);
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

  #caseOf({ key, by, evidence }: Answer): ResponseCase | undefined {
    if (by === 'record') return undefined;
    const { address, port, protocol } = evidence;
    return { source: key, address, port, mode: this.#parts.portsentry?.modes[protocol] ?? protocol, by };
  }
}

/** Undefined when a person asked for it. A source may have marks of several rules. */
function answerOf(block: Block | Mark): Answer | undefined {
  const { source, evidence } = block;
  if (!evidence) return undefined;
  return 'by' in block
    ? { key: `${source} ${block.rule}`, by: block.by, evidence }
    : { key: source, by: 'block', evidence };
}
