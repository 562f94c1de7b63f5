import { type Port, portKey, portOf } from '../port-key.ts';
import type { Probe, ProbeKind } from '../probe.ts';
import { keysWithin, NOTHING, noteKey, type Recent } from '../window.ts';
import type { Suspect } from './suspect.ts';

/** So many probes in common make a set; one may be a chance in spite of all. */
const COMMON = 2;
const MAX_PORTS = 64;

/** Sources that have sent the same probes. */
export class DecoySet {
  readonly members = new Set<Suspect<DecoySet>>();
  /** When an alert has told of it; undefined: none has. */
  toldNs: number | undefined;
  /** When one is to tell of it; undefined: nothing to tell. */
  dueNs: number | undefined;
  destination = '';
  readonly kinds = new Set<ProbeKind>();
  #ports: Recent = NOTHING;

  note(probe: Probe): void {
    this.destination = probe.destination;
    this.kinds.add(probe.kind);
    this.#ports = noteKey(this.#ports, portKey(probe), probe.atNs, MAX_PORTS);
  }

  add(suspect: Suspect<DecoySet>): void {
    suspect.set?.members.delete(suspect);
    suspect.set = this;
    this.members.add(suspect);
  }

  /** Those that have several probes in common with others. */
  get sure(): Suspect<DecoySet>[] {
    return [...this.members].filter(({ shared }) => shared >= COMMON);
  }

  /** The latest ports that they have in common. */
  portsSince(sinceNs: number): Port[] {
    return keysWithin(this.#ports, sinceNs, 0).map(portOf);
  }
}
