import type { BlockOrigin } from '../kernel/data-plane.ts';
import type { Prefix } from '../values/prefix.ts';
import type { Evidence } from './marks.ts';

/** A block with what the kernel need not know. Times are boot time in nanoseconds. */
export type Block = {
  readonly prefix: Prefix;
  /** Text of the prefix. */
  readonly source: string;
  readonly origin: BlockOrigin;
  readonly reason: string;
  readonly addedNs: number;
  /** Undefined: until it is lifted. */
  readonly expiresNs: number | undefined;
  /** The probe that decided; undefined when a person did. */
  readonly evidence: Evidence | undefined;
};
