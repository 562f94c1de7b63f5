import { followIgnoreFiles } from '../config/ignore-files.ts';
import type { Policy } from '../config/policy.ts';
import { GuardedAddresses } from '../host/guarded.ts';
import { stations } from '../host/host.ts';
import type { OwnAddresses } from '../kernel/data-plane.ts';
import type { GuardedAddress } from '../respond/guard.ts';
import type { PackedExempt } from '../respond/list-guard.ts';
import { unhurried } from '../store/unhurried.ts';
import { pack, packAll, roomFor } from '../values/packed-prefixes.ts';
import { type Prefix, parsePrefix } from '../values/prefix.ts';
import { PrefixSet } from '../values/prefix-set.ts';
import { Logins } from './logins.ts';

/** Who is never blocked: this host's own addresses, gateways and resolvers, who is logged in, and the ignore list with its files, all of them followed. */
export class Exempt {
  #listed: readonly Prefix[];
  #readFiles: ReturnType<typeof followIgnoreFiles>;
  readonly #logins: Pick<Logins, 'guarded' | 'note' | 'sweep'>;
  readonly #host: Pick<GuardedAddresses, 'look' | 'all'>;
  #guarded: readonly GuardedAddress[] = [];
  #ignored: readonly Prefix[];

  constructor(
    { ignore, ignoreFiles }: Pick<Policy, 'ignore' | 'ignoreFiles'>,
    logins: Pick<Logins, 'guarded' | 'note' | 'sweep'> = new Logins(() => false),
    host: Pick<GuardedAddresses, 'look' | 'all'> = new GuardedAddresses(),
  ) {
    this.#logins = logins;
    this.#host = host;
    this.lookAtHost();
    this.#listed = ignore;
    this.#ignored = ignore;
    this.#readFiles = followIgnoreFiles(ignoreFiles);
  }

  /** Another ignore list and other files, which are looked at at once; answers their problems. */
  renew({ ignore, ignoreFiles }: Pick<Policy, 'ignore' | 'ignoreFiles'>): readonly string[] {
    this.#listed = ignore;
    this.#ignored = ignore;
    this.#readFiles = followIgnoreFiles(ignoreFiles);
    return this.lookAtFiles() ?? [];
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

  /** The same as bytes, for the guard of lists; made in small steps, for the ignore list may be long. */
  async packed(): Promise<PackedExempt> {
    const own = packAll(this.#guarded.map(({ prefix }) => prefix));
    const list = this.#ignored;
    const ignored = roomFor(list.length);
    await unhurried(list.entries(), ([index, prefix]) => pack(prefix, ignored, index));
    return { own, ignored };
  }

  /** As in the data plane, the address counts, not the source that it belongs to. */
  ignores(address: string): boolean {
    const prefix = parsePrefix(address);
    return prefix !== undefined && PrefixSet.of(this.#ignored).find(prefix) !== undefined;
  }

  /** Looks anew at the host's addresses, and at who is logged in still; answers what could not be read, and stays as it was. */
  lookAtHost(): readonly string[] {
    this.#logins.sweep();
    const problems = this.#host.look();
    this.#guarded = [...this.#host.all, ...this.#logins.guarded];
    return problems;
  }

  /** Somebody who is logged in from there has typed a command. */
  noteLogin(address: Prefix): void {
    this.#logins.note(address);
    this.lookAtHost();
  }

  /** Looks at the ignore files anew; answers their problems when they have changed, undefined when not. */
  lookAtFiles(): readonly string[] | undefined {
    const contents = this.#readFiles();
    if (!contents) return undefined;
    this.#ignored = [...this.#listed, ...contents.prefixes];
    return contents.problems;
  }
}
