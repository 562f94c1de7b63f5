import type { BpfMap } from 'bpf-loader-native';

export type Entry = { readonly key: Uint8Array; readonly value: Uint8Array };

/** Keeps a part of a map equal to a list that changes: writes what is new, deletes what has gone, leaves the rest alone. */
export class Mirror {
  readonly #map: BpfMap;
  readonly #written = new Map<string, Entry>();

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /**
   * Answers how many entries found no room. What is new comes before what is old goes, so that a network in place of two halves
   * leaves no gap; only a map that is full must let go first.
   */
  set(entries: readonly Entry[]): number {
    const wanted = new Map(entries.map((entry) => [Buffer.from(entry.key).toString('latin1'), entry]));
    const withoutRoom = this.#write(wanted);
    for (const [id, { key }] of this.#written) {
      if (wanted.has(id)) continue;
      this.#map.delete(key);
      this.#written.delete(id);
    }
    return this.#write(withoutRoom).size;
  }

  /** Answers those that found no room. */
  #write(wanted: ReadonlyMap<string, Entry>): Map<string, Entry> {
    const withoutRoom = new Map<string, Entry>();
    for (const [id, entry] of wanted) {
      const old = this.#written.get(id);
      if (old && Buffer.compare(old.value, entry.value) === 0) continue;
      try {
        this.#map.set(entry.key, entry.value);
        this.#written.set(id, entry);
      } catch {
        withoutRoom.set(id, entry);
      }
    }
    return withoutRoom;
  }
}
