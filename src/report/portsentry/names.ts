import { Resolver } from 'node:dns/promises';
import { canonicalAddress } from '../../values/address.ts';
import { acceptName } from './host-names.ts';
import { type HostsFile, hostsFile } from './hosts-file.ts';

/** A scan from many addresses must not become a flood at the name server. */
const MAX_AT_ONCE = 64;
const MAX_CACHED = 4096;
/** A name is good for so long, whatever its DNS says: it serves people, who compare lines of one incident. */
const KEEP_NAME_MS = 10 * 60_000;
/** No name, or no answer: name servers fail for seconds, and who has no name seldom gets one. */
const KEEP_FAILURE_MS = 60_000;
const TIMEOUT_MS = 1500;

export type NameResolverOptions = {
  readonly hostsPath?: string;
  readonly resolver?: Pick<Resolver, 'reverse' | 'cancel'>;
  readonly nowMs?: () => number;
  /** Told what keeps the hosts file from being used. */
  readonly warn: (message: string) => void;
};

/**
 * Host names for the log (RESOLVE_HOST): first those of /etc/hosts, then those of DNS. Never by getaddrinfo(3) and its kin, which
 * would hold the threads that files are written with for as long as a name server is silent.
 */
export class NameResolver {
  readonly #hosts: HostsFile;
  readonly #resolver: Pick<Resolver, 'reverse' | 'cancel'>;
  readonly #nowMs: () => number;
  readonly #running = new Map<string, Promise<string>>();
  /** In the order in which they were looked up. */
  readonly #cache = new Map<string, { readonly name: string; readonly untilMs: number }>();
  #refused = 0;
  #isClosed = false;

  constructor({ hostsPath = '/etc/hosts', warn, ...others }: NameResolverOptions) {
    this.#hosts = hostsFile(hostsPath, warn);
    this.#resolver = others.resolver ?? new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
    this.#nowMs = others.nowMs ?? (() => performance.now());
  }

  /** The host's name, or the address itself when it has none, none that may be shown, or too many are being looked up. Never rejects. */
  async lookup(address: string): Promise<string> {
    const key = canonicalAddress(address);
    if (!key) return address;
    const cached = this.#cache.get(key);
    if (cached && cached.untilMs > this.#nowMs()) return cached.name;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if (this.#isClosed) return address;
    if (this.#running.size >= MAX_AT_ONCE) {
      this.#refused++;
      return address;
    }
    const search = this.#search(key).finally(() => this.#running.delete(key));
    this.#running.set(key, search);
    return search;
  }

  /** Addresses that were not looked up because too many were, ever. */
  get refused(): number {
    return this.#refused;
  }

  /** Ends the lookups that are waiting; each answers its address, and so does every later one that is not known already. */
  close(): void {
    this.#isClosed = true;
    this.#resolver.cancel();
  }

  async #search(address: string): Promise<string> {
    const name =
      (await this.#hosts.nameOf(address)) ?? (this.#isClosed ? undefined : await this.#inDns(address));
    const keepMs = name === undefined ? KEEP_FAILURE_MS : KEEP_NAME_MS;
    this.#cache.delete(address);
    this.#cache.set(address, { name: name ?? address, untilMs: this.#nowMs() + keepMs });
    if (this.#cache.size > MAX_CACHED) {
      const [oldest] = this.#cache.keys();
      this.#cache.delete(oldest!);
    }
    return name ?? address;
  }

  /** No answer and no name are one thing to the log: it shows the address. */
  async #inDns(address: string): Promise<string | undefined> {
    const names = await this.#resolver.reverse(address).catch(() => []);
    for (const name of names) {
      const accepted = acceptName(name);
      if (accepted) return accepted;
    }
    return undefined;
  }
}
