import type { Protocol, Transport } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { KernelRule } from './kernel-rule.ts';

/** Absent is the same as none. */
export type PortsByProtocol = Readonly<Partial<Record<Protocol, PortSet>>>;

export type MonitoredPorts = PortsByProtocol & Readonly<Record<Transport, PortSet>>;

/** What another program may do otherwise, while the tables stay. */
export type ProgramOptions = {
  readonly monitored: MonitoredPorts;
  /** Rules that the kernel carries out by itself; of several that one probe fulfils the first decides. */
  readonly rules: readonly KernelRule[];
  readonly swallowProbes: boolean;
  /** Nothing that goes to a served port is a probe. */
  readonly spareServed: boolean;
  /** Nobody is blocked for what may have been sent in his name by somebody who scans among decoys. */
  readonly spareDecoys: boolean;
  /** Probes of ignored sources are told of. */
  readonly tellIgnored: boolean;
  /** Repetitions are told of as changes of a source's story are. */
  readonly tellEvery: boolean;
  /** First and last of the ports at which late answers are let be; [0, 0]: none. */
  readonly ephemeralPorts: readonly [number, number];
};
