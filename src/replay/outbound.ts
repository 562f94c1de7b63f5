import { Eldest } from '../values/eldest.ts';
import { type AddressKey, type Packet, tcpFlag } from './packet.ts';

/** What is remembered: sources with a network each, targets of one of them, and of all together (some 100 MB). */
const LIMITS = { places: 16_384, targetsOfOne: 4096, targets: 1 << 20 } as const;
/** So many targets in one network (a /16, of IPv6 a /48) that never answered, and hardly any that did, no client has. */
const MANY_FAILURES = 20;
const MAX_SUCCESS = 0.2;

/**
 * Who calls out: from a private address to a public one. Where each address of a capture is a host of its own, such a call would be a
 * probe of the host at the other end, which has neither a sentry nor a say; and clients whose peers have gone, or whose link is down,
 * make many: those of file sharing are scattered over the Internet. It counts only where it looks like nothing but a scan of one network, over all
 * of the capture.
 */
export class Outbound {
  readonly #limits: Readonly<Record<keyof typeof LIMITS, number>>;
  /** By source and network: its targets there, and whether each has answered. */
  readonly #places = new Map<string, Map<string, boolean>>();
  readonly #eldest = new Eldest(this.#places);
  /** Targets in all places. */
  #targets = 0;
  #forgotten = 0;

  /** Of each place, once it has been asked: a look at all is over then. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(limits: Readonly<Record<keyof typeof LIMITS, number>> = LIMITS) {
    this.#limits = limits;
  }

  look({ source, destination, transport }: Pick<Packet, 'source' | 'destination' | 'transport'>): void {
    if (!transport) return;
    const { protocol, sourcePort, port } = transport;
    if (isOutbound(destination, source)) {
      const targets = this.#places.get(placeOf(destination, source));
      const target = `${source} ${sourcePort}/${protocol}`;
      if (targets?.has(target) && !isRefusal(transport)) targets.set(target, true);
    }
    if (!isOutbound(source, destination)) return;
    this.#note(placeOf(source, destination), `${destination} ${port}/${protocol}`);
  }

  /** Places that have made room, and targets that found none. Who was in one of those counts as a client, as far as nothing else is known. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Whether what goes from one to the other is a client's business. */
  isClients(source: AddressKey, destination: AddressKey): boolean {
    if (!isOutbound(source, destination)) return false;
    const place = placeOf(source, destination);
    if (!this.#places.has(place)) return true;
    let isScanned = this.#verdicts.get(place);
    if (isScanned === undefined) {
      isScanned = this.#isScanned(place);
      this.#verdicts.set(place, isScanned);
    }
    return !isScanned;
  }

  #note(place: string, target: string): void {
    const known = this.#places.get(place);
    if (known?.has(target)) return;
    if (known && known.size >= this.#limits.targetsOfOne) {
      this.#forgotten++;
      return;
    }
    while (this.#targets >= this.#limits.targets) this.#makeRoom();
    if (!this.#places.has(place)) {
      if (this.#places.size >= this.#limits.places) this.#makeRoom();
      this.#places.set(place, new Map());
    }
    this.#places.get(place)!.set(target, false);
    this.#targets++;
  }

  #makeRoom(): void {
    const eldest = this.#eldest.next();
    this.#targets -= this.#places.get(eldest)!.size;
    this.#places.delete(eldest);
    this.#forgotten++;
  }

  #isScanned(place: string): boolean {
    const answers = [...(this.#places.get(place)?.values() ?? [])];
    const answered = answers.filter((isAnswered) => isAnswered).length;
    return answers.length - answered >= MANY_FAILURES && answered < answers.length * MAX_SUCCESS;
  }
}

const placeOf = (source: AddressKey, destination: AddressKey): string =>
  `${source} ${typeof destination === 'number' ? destination >>> 16 : destination.slice(0, 6)}`;

const isRefusal = (transport: NonNullable<Packet['transport']>): boolean =>
  transport.protocol === 'tcp' && (transport.flags & tcpFlag.RST) !== 0;

const isOutbound = (source: AddressKey, destination: AddressKey): boolean =>
  isPrivate(source) && !isPrivate(destination);

/** First address and prefix length: RFC 1918, RFC 6598, RFC 3927. */
const PRIVATE4 = [
  [0x0a00_0000, 8],
  [0xac10_0000, 12],
  [0xc0a8_0000, 16],
  [0x6440_0000, 10],
  [0xa9fe_0000, 16],
] as const;

function isPrivate(key: AddressKey): boolean {
  if (typeof key === 'number')
    return PRIVATE4.some(([first, length]) => key >>> (32 - length) === first >>> (32 - length));
  const [high, low] = [key.charCodeAt(0), key.charCodeAt(1)];
  return (high & 0xfe) === 0xfc || (high === 0xfe && (low & 0xc0) === 0x80); // RFC 4193, RFC 4291
}
