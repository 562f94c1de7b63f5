import { type Alias, isAlias, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { quote } from './found.ts';
import { type Problem, syntaxProblems } from './syntax.ts';

/** Where the parts of a map or list begin in the text: key and value of each entry. */
type Places = Map<string, { readonly key: number; readonly value: number }>;

/** A YAML text as plain values that remember where they stood. */
export type YamlText = {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Offset of the value at `path`, or of what is nearest above it. */
  valueAt(path: readonly PropertyKey[]): number;
  /** Offset of the key `key` in the map at `path`. */
  keyAt(path: readonly PropertyKey[], key: string): number;
  /** `line:column` of an offset, both from 1. */
  position(at: number): string;
};

/**
 * Values of one file. An alias is shared and not copied, but whoever looks at the values comes by all that it stands for, each time; and each
 * of them may be wrong. The longest ignore list fits.
 */
const MAX_VALUES = 100_000;

/** Reads one YAML 1.2 document. A text with faults of syntax, or with too many values, has no value, and the faults as problems. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    resolveKnownTags: false,
    uniqueKeys: false, // Reader looks for duplicates itself: the check of the package is quadratic
    logLevel: 'error',
  });
  const faults = syntaxProblems([...document.errors, ...document.warnings], (at) => lines.linePos(at).line);
  const reader = new Reader();
  const read = faults.length === 0 ? reader.read(document.contents, []) : undefined;
  const value = reader.isFull ? undefined : read;
  const start = document.contents?.range?.[0] ?? 0;
  return {
    value,
    problems: [...faults, ...reader.problems],
    valueAt: (path) => reader.find(value, path, start),
    keyAt: (path, key) => reader.find(value, path, start, key),
    position: (at) => {
      const { line, col } = lines.linePos(at);
      return `${Math.max(line, 1)}:${Math.max(col, 1)}`;
    },
  };
}

/** `rules[0].window`: the path of an option as people write it. */
export function pathText(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^\w{1,40}$/.test(String(part)) ? `.${String(part)}` : `[${quote(String(part))}]`;
  });
  return parts.join('').replace(/^\./, '');
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #places = new WeakMap<object, Places>();
  readonly #anchors = new Map<string, { readonly value: unknown; readonly count: number }>();
  #count = 0;

  /** There are more values than a file may have: what was read is not all. */
  get isFull(): boolean {
    return this.#count > MAX_VALUES;
  }

  read(node: Node | null, path: readonly PropertyKey[]): unknown {
    const before = this.#count;
    if (!this.#hasRoomFor(1, node, path)) return null;
    const value = this.#plain(node, path);
    if (node && 'anchor' in node && node.anchor)
      this.#anchors.set(node.anchor, { value, count: this.#count - before });
    return value;
  }

  /** Goes down `path` as far as it leads; answers where that is, or where `key` is in it. */
  find(value: unknown, path: readonly PropertyKey[], start: number, key?: string): number {
    let at = start;
    let here = value;
    for (const part of path) {
      const place = this.#placesOf(here)?.get(String(part));
      if (!place) return at;
      at = place.value;
      here = (here as Record<PropertyKey, unknown>)[part];
    }
    return key === undefined ? at : (this.#placesOf(here)?.get(key)?.key ?? at);
  }

  #placesOf(value: unknown): Places | undefined {
    return typeof value === 'object' && value !== null ? this.#places.get(value) : undefined;
  }

  #plain(node: Node | null, path: readonly PropertyKey[]): unknown {
    if (node === null) return null;
    if (isScalar(node)) return node.value;
    if (isAlias(node)) return this.#alias(node, path);
    return isMap<Node, Node | null>(node)
      ? this.#map(node.items, path)
      : this.#list((node as unknown as { items: Node[] }).items, path);
  }

  #alias(node: Alias, path: readonly PropertyKey[]): unknown {
    const target = this.#anchors.get(node.source);
    if (!target) {
      this.#complain(
        startOf(node),
        path,
        `${quote(`*${node.source}`)} refers to nothing above; put a text that begins with * in quotes`,
      );
      return null;
    }
    return this.#hasRoomFor(target.count, node, path) ? target.value : null;
  }

  /** Complains of the first value that has none. */
  #hasRoomFor(count: number, node: Node | null, path: readonly PropertyKey[]): boolean {
    if (this.isFull) return false;
    this.#count += count;
    if (this.isFull) {
      const message = `is one too many: a file has ${MAX_VALUES} values at most, each alias with all that it stands for`;
      this.#complain(startOf(node), path, message);
    }
    return !this.isFull;
  }

  #map(pairs: readonly Pair<Node, Node | null>[], path: readonly PropertyKey[]): unknown {
    const map: Record<string, unknown> = Object.create(null);
    const places: Places = new Map();
    this.#places.set(map, places);
    for (const { key: keyNode, value: node } of pairs) {
      if (this.isFull) break;
      const at = startOf(keyNode);
      const key = this.#key(this.read(keyNode, path));
      if (places.has(key)) this.#complain(at, [...path, key], 'is there twice; keep one of them');
      const value = this.read(node, [...path, key]);
      if (places.has(key)) continue; // of two, the first counts until the other is gone
      places.set(key, { key: at, value: node?.range?.[0] ?? at });
      map[key] = value;
    }
    return map;
  }

  #key(value: unknown): string {
    return typeof value === 'object' && value !== null ? '(a map or list)' : String(value ?? '');
  }

  #list(nodes: readonly Node[], path: readonly PropertyKey[]): unknown {
    const list: unknown[] = [];
    const places: Places = new Map();
    this.#places.set(list, places);
    for (const [index, node] of nodes.entries()) {
      if (this.isFull) break;
      places.set(String(index), { key: startOf(node), value: startOf(node) });
      list.push(this.read(node, [...path, index]));
    }
    return list;
  }

  #complain(at: number, path: readonly PropertyKey[], message: string): void {
    this.problems.push({ at, path: pathText(path), message });
  }
}

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;
