import type { Prefix } from '../values/prefix.ts';
import type { MonitoredPorts, OwnAddresses, Sighting } from './data-plane.ts';
import type { HoldRequest } from './hold.ts';
import type { KernelRule } from './rules.ts';

/** What another program may do otherwise, while the tables stay. */
export type ProgramOptions = {
  readonly monitored: MonitoredPorts;
  /** Rules that the kernel carries out by itself; of several that one probe fulfils the first decides. */
  readonly rules: readonly KernelRule[];
  readonly swallowProbes: boolean;
  /** Nothing that goes to a served port is a probe. */
  readonly spareServed: boolean;
  /** Probes of ignored sources are told of. */
  readonly tellIgnored: boolean;
  /** Repetitions are told of as changes of a source's story are. */
  readonly tellEvery: boolean;
  /** First and last of the ports at which late answers are let be; [0, 0]: none. */
  readonly ephemeralPorts: readonly [number, number];
};

export type DataPlaneOptions = Omit<HoldRequest, 'interface'> &
  ProgramOptions & {
    /** Names of those that are watched from the start: each must be there. */
    readonly interfaces: readonly string[];
    readonly ignored: readonly Prefix[];
    readonly own: OwnAddresses;
    readonly sourceBits6: number;
    readonly tables: { readonly blocks: number; readonly sources: number };
    readonly onSighting: (sighting: Sighting) => void;
  };
