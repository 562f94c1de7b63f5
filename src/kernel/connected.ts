import type { BpfMap } from 'bpf-loader-native';
import type { Prefix } from '../values/prefix.ts';
import { encodePrefix } from './decode.ts';

const HERE = Uint8Array.of(1);

/** The sources in the kernel that hold a TCP connection to this host (xs_connected): its rules block none of them. */
export class Connected {
  readonly #map: BpfMap;
  readonly #written = new Map<string, Uint8Array>();

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /** In place of those that were there, by their text. Answers how many found no room. */
  set(sources: ReadonlyMap<string, Prefix>): number {
    for (const [text, key] of this.#written) {
      if (sources.has(text)) continue;
      this.#map.delete(key);
      this.#written.delete(text);
    }
    let withoutRoom = 0;
    for (const [text, source] of sources) {
      if (this.#written.has(text)) continue;
      const key = encodePrefix(source);
      try {
        this.#map.set(key, HERE);
        this.#written.set(text, key);
      } catch {
        withoutRoom++;
      }
    }
    return withoutRoom;
  }
}
