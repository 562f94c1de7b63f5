import type { BpfMap } from 'bpf-loader-native';

export type Entry = { readonly key: Uint8Array; readonly value: Uint8Array };

/** Keeps a part of a map equal to a list that changes: writes what is new, deletes what has gone, leaves the rest alone. */
export class Mirror {
  readonly #map: BpfMap;
  readonly #written = new Map<string, Entry>();

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /** Answers how many entries found no room. */
  set(entries: readonly Entry[]): number {
    const wanted = new Map(entries.map((entry) => [Buffer.from(entry.key).toString('latin1'), entry]));
    for (const [id, { key }] of this.#written) {
      if (wanted.has(id)) continue;
      this.#map.delete(key);
      this.#written.delete(id);
    }
    let withoutRoom = 0;
    for (const [id, entry] of wanted) {
      const old = this.#written.get(id);
      if (old && Buffer.compare(old.value, entry.value) === 0) continue;
      try {
        this.#map.set(entry.key, entry.value);
        this.#written.set(id, entry);
      } catch {
        withoutRoom++;
      }
    }
    return withoutRoom;
  }
}
