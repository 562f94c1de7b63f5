import type { BpfMap } from 'bpf-loader-native';
import { indexKey } from './counters.ts';
import type { TrialState } from './data-plane.ts';
import { readField, viewOf } from './struct.ts';
import { trialLayout } from './wire.generated.ts';

const UNTIL = trialLayout.untilNs.at / BigUint64Array.BYTES_PER_ELEMENT;
const SINCE = trialLayout.sinceNs.at / BigUint64Array.BYTES_PER_ELEMENT;

/** Enforcement on trial, as the kernel knows it (xs_trial): `untilNs` by monotonicNs(), `sinceNs` boot time. */
export type KernelTrial = { readonly untilNs: number; readonly sinceNs: number };

/** The clock by which the kernel rolls back (CLOCK_MONOTONIC). */
export const monotonicNs = (): number => Number(process.hrtime.bigint());

/** Puts enforcement on trial, or ends that. Shared memory: each word changes at once, and there is a trial when UNTIL says so. */
export function setTrial(map: BpfMap, trial: KernelTrial | undefined): void {
  const words = new BigUint64Array(map.mmap());
  if (trial) words[SINCE] = BigInt(Math.round(trial.sinceNs));
  words[UNTIL] = BigInt(Math.round(trial?.untilNs ?? 0));
}

/** Undefined: it is on none, or was confirmed. */
export function readTrial(map: BpfMap): KernelTrial | undefined {
  const value = map.get(indexKey(0));
  if (!value || value.length !== trialLayout.size) return undefined;
  const [untilNs, sinceNs] = [trialLayout.untilNs, trialLayout.sinceNs].map((field) =>
    readField(viewOf(value), 0, field),
  );
  return untilNs === 0 ? undefined : { untilNs: untilNs!, sinceNs: sinceNs! };
}

/** How it stands with a trial that nobody has confirmed. */
export function stateOf({ untilNs }: KernelTrial): TrialState {
  const leftNs = untilNs - monotonicNs();
  return leftNs > 0 ? { state: 'unconfirmed', leftNs } : { state: 'rolled_back', leftNs };
}
