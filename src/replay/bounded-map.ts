/** A map that holds so many entries at most: then the one that was put there first makes room, and is counted. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
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

  set(key: K, value: V): void {
    if (this.#map.size >= this.#capacity && !this.#map.has(key)) {
      this.#map.delete(this.#map.keys().next().value!);
      this.#forgotten++;
    }
    this.#map.set(key, value);
  }

  delete(key: K): void {
    this.#map.delete(key);
  }

  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  keys(): IterableIterator<K> {
    return this.#map.keys();
  }

  get size(): number {
    return this.#map.size;
  }

  /** Entries that have made room, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }
}
