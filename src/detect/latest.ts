import { Eldest } from '../values/eldest.ts';

/** By key, in the order in which they were put there last. Beyond `capacity` of them who was silent longest is forgotten, and counted. */
export class Latest<K, V> {
  readonly #capacity: number;
  readonly #values = new Map<K, V>();
  readonly #eldest = new Eldest(this.#values);
  #forgotten = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  put(key: K, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#capacity) return;
    this.#values.delete(this.#eldest.next());
    this.#forgotten++;
  }

  delete(key: K): void {
    this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }

  keys(): Iterable<K> {
    return this.#values.keys();
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return this.#values.entries();
  }

  /** For want of room, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }
}
