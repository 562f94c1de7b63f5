import type { Policy } from '../config/policy.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { ConfirmedNames } from './confirmed-names.ts';
import { Labels } from './labels.ts';

/** Labels by the policy that holds now. */
export class Research {
  #labels: Labels;
  #names: ConfirmedNames | undefined;
  #refusedBefore = 0;

  constructor({ research }: Pick<Policy, 'research'>) {
    this.#names = research.resolve ? new ConfirmedNames() : undefined;
    this.#labels = new Labels(research.scanners, this.#names);
  }

  /** `address`: text of the one that sent a packet; else the source itself is one. */
  labelOf(source: Prefix, address = formatPrefix(source)): string | undefined {
    return this.#labels.of(source, address);
  }

  /** What was looked up for the policy before is asked anew. */
  renew({ research }: Pick<Policy, 'research'>): void {
    this.close();
    this.#refusedBefore = this.refused;
    this.#names = research.resolve ? new ConfirmedNames() : undefined;
    this.#labels = new Labels(research.scanners, this.#names);
  }

  /** Addresses whose names were not looked up because too many were. */
  get refused(): number {
    return this.#refusedBefore + (this.#names?.refused ?? 0);
  }

  close(): void {
    this.#names?.close();
  }
}
