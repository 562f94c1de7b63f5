/**
 * The key of a map that was put there longest ago, asked for in order to forget it. It goes on where the last one was found: an
 * iterator that begins at the front passes by all those that have gone since, tens of thousands in a full map that changes at each packet.
 */
export class Eldest<K> {
  readonly #map: ReadonlyMap<K, unknown>;
  #keys: Iterator<K>;

  /** Of that map, as it changes. Whoever asks deletes what he is told. */
  constructor(map: ReadonlyMap<K, unknown>) {
    this.#map = map;
    this.#keys = map.keys();
  }

  /** The map must not be empty. */
  next(): K {
    const { done, value } = this.#keys.next();
    if (!done) return value;
    if (this.#map.size === 0) throw new RangeError('nothing is there');
    this.#keys = this.#map.keys();
    return this.next();
  }
}
