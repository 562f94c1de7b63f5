import { Eldest } from '../values/eldest.ts';

/** A map that holds so many entries at most: then the one that was put there first makes room, and is counted. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
  readonly #eldest = new Eldest(this.#map);
  readonly #capacity: number;
  #forgotten = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  /** Answers the value that is not there any more: the one that stood under this key, or that has made room. */
  set(key: K, value: V): V | undefined {
    let gone = this.#map.get(key);
    if (this.#map.size >= this.#capacity && !this.#map.has(key)) {
      const eldest = this.#eldest.next();
      gone = this.#map.get(eldest);
      this.#map.delete(eldest);
      this.#forgotten++;
    }
    this.#map.set(key, value);
    return gone;
  }

  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  /** Entries that have made room, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }
}
