const MAX_PORT = 65_535;

/** A set of port numbers, 0 to 65535, one bit each. */
export class PortSet {
  readonly #bits = new Uint32Array(2048);

  static of(ports: Iterable<number>): PortSet {
    const set = new PortSet();
    for (const port of ports) set.add(port);
    return set;
  }

  /** Of a bit for each port, port 0 being the lowest of the first word. */
  static ofBits(words: Uint32Array): PortSet {
    const set = new PortSet();
    set.#bits.set(words);
    return set;
  }

  add(port: number): void {
    this.#bits[port >>> 5]! |= 1 << (port & 31);
  }

  /** Adds the ports from `first` to `last`, both included. */
  addRange(first: number, last: number): void {
    for (let port = first; port <= last; port++) {
      const wholeWord = (port & 31) === 0 && port + 31 <= last;
      if (wholeWord) this.#bits[port >>> 5] = 0xffff_ffff;
      else this.add(port);
      if (wholeWord) port += 31;
    }
  }

  /** Adds every port of another set. */
  addAll(other: PortSet): void {
    for (let word = 0; word < this.#bits.length; word++) this.#bits[word]! |= other.#bits[word]!;
  }

  delete(port: number): void {
    this.#bits[port >>> 5]! &= ~(1 << (port & 31));
  }

  has(port: number): boolean {
    return ((this.#bits[port >>> 5]! >>> (port & 31)) & 1) === 1;
  }

  get size(): number {
    let count = 0;
    for (const _ of this) count++;
    return count;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (let port = 0; port <= MAX_PORT; port++) {
      if (this.#bits[port >>> 5] === 0) port |= 31;
      else if (this.has(port)) yield port;
    }
  }

  /** `22,80,1000-2000`: what `parsePorts` reads. Empty for the empty set. */
  toString(): string {
    return formatPorts(this);
  }
}

/** Compresses ports, given in rising order, to `22,80,1000-2000`. */
export function formatPorts(ports: Iterable<number>): string {
  const ranges: [number, number][] = [];
  for (const port of ports) {
    const last = ranges.at(-1);
    if (last && port === last[1] + 1) last[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/**
 * Reads `22`, `1-1024` and comma-separated lists of both. Throws a RangeError that names the part at fault;
 * an empty text is the empty set.
 */
export function parsePorts(text: string): PortSet {
  const set = new PortSet();
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '' && text.trim() === '') continue;
    const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(part);
    if (!match) throw new RangeError(`"${part}" is neither a port nor a range like 1-1024`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last > MAX_PORT) throw new RangeError(`"${part}" goes beyond port ${MAX_PORT}`);
    if (first > last) throw new RangeError(`"${part}" runs backwards`);
    set.addRange(first, last);
  }
  return set;
}
