/** What was set up, undone in the opposite order. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  readonly #failureSteps: ((error: Error) => void)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Called before anything is undone, if it is undone because of a failure. */
  onFailure(step: (error: Error) => void): void {
    this.#failureSteps.push(step);
  }

  /** Does all steps; throws what the first of those that failed has thrown. */
  async run(failure?: Error): Promise<void> {
    if (failure) for (const step of this.#failureSteps.splice(0)) step(failure);
    const errors: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error); // what is left to undo is undone all the same
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
