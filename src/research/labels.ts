import { type Prefix, parsePrefix } from '../values/prefix.ts';
import { PrefixSet } from '../values/prefix-set.ts';
import type { ConfirmedNames } from './confirmed-names.ts';

/** Somebody who scans for research, by networks and by the domains of his names. */
export type ResearchScanner = {
  readonly name: string;
  readonly networks: readonly Prefix[];
  readonly domains: readonly string[];
};

/** Says whose scanner an address is, as far as that is known; what follows from it is for the rules to say. */
export class Labels {
  readonly #networks: PrefixSet;
  readonly #byNetwork = new Map<Prefix, string>();
  readonly #scanners: readonly ResearchScanner[];
  readonly #names: ConfirmedNames | undefined;

  /** Of scanners that share a network, the first has it. `names`: absent where none are to be asked for. */
  constructor(scanners: readonly ResearchScanner[], names?: ConfirmedNames) {
    this.#scanners = scanners;
    this.#names = names;
    const known = new Map<string, Prefix>();
    for (const { name, networks } of scanners)
      for (const network of networks) {
        const key = `${network.family} ${network.length} ${network.bytes}`;
        if (known.has(key)) continue;
        known.set(key, network);
        this.#byNetwork.set(network, name);
      }
    this.#networks = PrefixSet.of([...known.values()]);
  }

  /** `text`: of the one address of the source that is asked about. */
  of(source: Prefix, text: string): string | undefined {
    const address = source.family === 6 ? (parsePrefix(text) ?? source) : source;
    const network = this.#networks.find(address);
    if (network) return this.#byNetwork.get(network);
    if (!this.#names) return undefined;
    const [name] = this.#names.of(text, (it) => this.#ownerOf(it) !== undefined);
    return name === undefined ? undefined : this.#ownerOf(name);
  }

  #ownerOf(name: string): string | undefined {
    const asked = name.toLowerCase().replace(/\.$/, '');
    return this.#scanners.find(({ domains }) =>
      domains.some((domain) => asked === domain || asked.endsWith(`.${domain}`)),
    )?.name;
  }
}
