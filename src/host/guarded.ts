import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { formatPrefix, type Prefix, parsePrefix } from '../values/prefix.ts';
import { plainly } from '../values/system-error.ts';
import { readResolvers } from './resolvers.ts';
import { readRoutes } from './routes.ts';

/** An address that must never be blocked, and why. */
type Guarded = { readonly prefix: Prefix; readonly reason: string };

/** Addresses of a kind, which come and go. */
export type Followed = {
  readonly name: string;
  readonly reason: string;
  /** May throw. */
  readonly read: () => readonly Prefix[];
};

const ALWAYS: readonly Guarded[] = [
  ['127.0.0.0/8', 'loopback'],
  ['::1', 'loopback'],
  ['0.0.0.0', 'the unspecified address'],
  ['::', 'the unspecified address'],
  ['224.0.0.0/3', 'no unicast address'],
  ['ff00::/8', 'no unicast address'],
].map(([text, reason]) => ({ prefix: parsePrefix(text!)!, reason: reason! }));

const addresses = (isWanted: (address: NetworkInterfaceInfo) => boolean = () => true): Prefix[] =>
  Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(isWanted)
    .flatMap(({ address }) => parsePrefix(address.replace(/%.*$/, '')) ?? []);

/** Addresses at which others reach this host. */
export const ownAddresses = (): Prefix[] => addresses(({ internal }) => !internal);

/** Of an address that is of several kinds, the reason is that of the last. */
const FOLLOWED: readonly Followed[] = [
  { name: 'resolvers', reason: 'a resolver of this host', read: () => readResolvers() },
  {
    name: 'gateways',
    reason: 'a gateway of this host',
    read: () => readRoutes().flatMap(({ gateway }) => gateway ?? []),
  },
  {
    name: 'addresses',
    reason: 'an address of this host',
    read: () => addresses(),
  },
];

/** Addresses that must never be blocked: this host's own, loopback, its gateways and resolvers. A kind that cannot be read stays as it was. */
export class GuardedAddresses {
  readonly #followed: readonly Followed[];
  readonly #found = new Map<Followed, readonly Prefix[]>();

  constructor(followed = FOLLOWED) {
    this.#followed = followed;
  }

  /** Looks anew; answers what could not be read, a clause each. */
  look(): string[] {
    return this.#followed.flatMap((kind) => {
      try {
        this.#found.set(kind, kind.read());
        return [];
      } catch (error) {
        return `its ${kind.name} cannot be read: ${plainly(error)}; those that were known stay guarded`;
      }
    });
  }

  /** Those of the last look, each once. */
  get all(): readonly Guarded[] {
    const followed = this.#followed.flatMap((kind) =>
      (this.#found.get(kind) ?? []).map((prefix) => ({ prefix, reason: kind.reason })),
    );
    return [...new Map([...followed, ...ALWAYS].map((it) => [formatPrefix(it.prefix), it])).values()];
  }
}
