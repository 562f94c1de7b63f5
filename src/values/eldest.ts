/**
 * The key of a map that was put there longest ago, asked for in order to forget it. It goes on where the last one was found: an
 * iterator that begins at the front passes by all those that have gone since, tens of thousands in a full map that changes at each packet.
 * But while nobody asks, an iterator keeps alive every table that the map has outgrown since it stood still, some 60 bytes for each change:
 * so it goes with the next garbage collection, and whoever asks then begins at the front.
 */
export class Eldest<K> {
  readonly #map: ReadonlyMap<K, unknown>;
  #keys: WeakRef<Iterator<K>> | undefined;

  /** Of that map, as it changes. Whoever asks deletes what he is told. */
  constructor(map: ReadonlyMap<K, unknown>) {
    this.#map = map;
  }

  /** The map must not be empty. */
  next(): K {
    const { done, value } = this.#keys?.deref()?.next() ?? { done: true };
    if (!done) return value as K;
    if (this.#map.size === 0) throw new RangeError('nothing is there');
    const keys = this.#map.keys();
    this.#keys = new WeakRef(keys);
    return keys.next().value as K;
  }
}
