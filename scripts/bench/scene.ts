/** What a bench says when somebody has ended it. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * Everything that a part has set up and that must not outlive it: labs, sentries, sockets. `interrupt()` takes all of it down at
 * any time, also what is only being set up, and whatever waits for it then fails.
 */
export class Scene implements AsyncDisposable {
  readonly #stack: AsyncDisposable[] = [];
  #isInterrupted = false;

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Throws when the scene is over: between two steps that nothing else would stop. */
  check(): void {
    if (this.#isInterrupted) throw new Interrupted('interrupted');
  }

  /** Waits for something to be set up, and owns it. */
  async own<T extends AsyncDisposable>(making: Promise<T>): Promise<T> {
    const made = await making;
    this.#stack.push(made);
    if (this.#isInterrupted) await this.#strike();
    this.check();
    return made;
  }

  async interrupt(): Promise<void> {
    this.#isInterrupted = true;
    await this.#strike();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#strike();
  }

  /** Last things first; one that fails does not keep the others. */
  async #strike(): Promise<void> {
    const errors: unknown[] = [];
    for (let thing = this.#stack.pop(); thing; thing = this.#stack.pop()) {
      try {
        await thing[Symbol.asyncDispose]();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'something could not be taken down');
  }
}
