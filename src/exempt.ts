import { followIgnoreFiles } from './config/ignore-files.ts';
import type { Policy } from './config/policy.ts';
import { guardedAddresses, stations } from './host/host.ts';
import type { OwnAddresses } from './kernel/data-plane.ts';
import { unhurried } from './store/unhurried.ts';
import { type Prefix, parsePrefix } from './values/prefix.ts';
import type { PrefixColumns } from './values/prefix-columns.ts';
import { columnsOf, PrefixColumnsBuilder } from './values/prefix-columns-builder.ts';
import { PrefixSet } from './values/prefix-set.ts';

/** Who is never blocked: this host's own addresses and the ignore list with its files, both followed. */
export class Exempt {
  readonly #listed: readonly Prefix[];
  readonly #readFiles: ReturnType<typeof followIgnoreFiles>;
  #guarded = guardedAddresses();
  #ignored: readonly Prefix[];

  constructor({ ignore, ignoreFiles }: Pick<Policy, 'ignore' | 'ignoreFiles'>) {
    this.#listed = ignore;
    this.#ignored = ignore;
    this.#readFiles = followIgnoreFiles(ignoreFiles);
  }

  /** What holds since the last look. */
  get guarded() {
    return this.#guarded;
  }

  /** Another array whenever it has changed. */
  get ignored(): readonly Prefix[] {
    return this.#ignored;
  }

  get own(): OwnAddresses {
    return { guarded: this.#guarded.map(({ prefix }) => prefix), stations: stations() };
  }

  /**
   * The same in columns, for the guard of lists; made in small steps, for the ignore list may be long.
   */
  async columns(): Promise<{ readonly own: PrefixColumns; readonly ignored: PrefixColumns }> {
    const own = columnsOf(this.#guarded.map(({ prefix }) => prefix));
    const builder = new PrefixColumnsBuilder();
    await unhurried(this.#ignored, (prefix) => builder.add(prefix));
    return { own, ignored: builder.finish() };
  }

  /** As in the data plane, the address counts, not the source that it belongs to. */
  ignores(address: string): boolean {
    const prefix = parsePrefix(address);
    return prefix !== undefined && PrefixSet.of(this.#ignored).find(prefix) !== undefined;
  }

  /** Looks at the host's addresses anew. */
  lookAtHost(): void {
    this.#guarded = guardedAddresses();
  }

  /** Looks at the ignore files anew; answers their problems when they have changed, undefined when not. */
  lookAtFiles(): readonly string[] | undefined {
    const contents = this.#readFiles();
    if (!contents) return undefined;
    this.#ignored = [...this.#listed, ...contents.prefixes];
    return contents.problems;
  }
}
