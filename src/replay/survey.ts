import { isLinkLocal, isUnicast } from './address.ts';
import { BoundedMap } from './bounded-map.ts';
import { HostGuess } from './host-guess.ts';
import { Outbound } from './outbound.ts';
import { type AddressKey, type Packet, type Tcp, tcpFlag, type Udp } from './packet.ts';
import { FoundServed } from './served.ts';

/** Beginnings of conversations that are remembered until they are answered. */
const MAX_OPEN = 262_144;
/** Connections that were under way when the capture began. */
const MAX_UNDER_WAY = 262_144;
/** Who has answered whom as a resolver. */
const MAX_RESOLVERS = 4096;
/** From a port below this nobody sends but a service that is bound to it. */
const FIRST_UNPRIVILEGED = 1024;

/**
 * A first look at the whole capture, at what shows only later: who serves which ports, which connections were under way when it began,
 * and whose capture it may be.
 */
export class Survey {
  readonly served = new FoundServed();
  readonly outbound = new Outbound();
  /** A SYN of a caller, by conversation seen from who is called: its sequence number; of datagrams: who was first. */
  readonly #calls = new BoundedMap<string, number>(MAX_OPEN);
  readonly #datagrams = new BoundedMap<string, 'in' | 'out'>(MAX_OPEN);
  /** Conversations of which the beginning was seen, by who is local. */
  readonly #begun = new BoundedMap<string, true>(MAX_UNDER_WAY);
  readonly #underWay = new BoundedMap<string, { local: AddressKey; remote: AddressKey }>(MAX_UNDER_WAY);
  /** By both addresses. */
  readonly #resolvers = new Map<string, { readonly resolver: AddressKey; readonly asker: AddressKey }>();
  readonly #guess = { 4: new HostGuess(), 6: new HostGuess() };

  look(packet: Packet): void {
    const { source, destination, transport } = packet;
    if (!isUnicast(source) || !isUnicast(destination)) return;
    if (!packet.isOfLink && !isLinkLocal(source) && !isLinkLocal(destination))
      this.#guess[typeof source === 'number' ? 4 : 6].look(packet);
    this.outbound.look(packet);
    if (transport?.protocol === 'tcp') this.#lookAtTcp(packet, transport);
    else if (transport) this.#lookAtUdp(packet, transport);
  }

  /** What it has forgotten because there was too much, ever: then it may take a late answer, or a client, for a scanner, or the other way round. */
  get forgotten(): number {
    const bounded = [this.#calls, this.#datagrams, this.#begun, this.#underWay, this.outbound];
    return bounded.reduce((sum, { forgotten }) => sum + forgotten, 0);
  }

  /** The resolvers of these hosts. */
  resolversOf(hosts: { has(address: AddressKey): boolean }): AddressKey[] {
    const found = [...this.#resolvers.values()].filter(({ asker }) => hosts.has(asker));
    return [...new Set(found.map(({ resolver }) => resolver))];
  }

  /** Conversations of these hosts that were under way, by their keys as the host sees them, and with whom. */
  *underWay(hosts: { has(address: AddressKey): boolean }): Iterable<readonly [string, AddressKey]> {
    for (const [key, { local, remote }] of this.#underWay.entries())
      if (hosts.has(local)) yield [key, remote];
  }

  /**
   * The addresses of the one host that all of the capture is about; undefined: there is no such host, or nobody can tell. What stays on the
   * link says nothing of it, so a family that has nothing else leaves the answer to the other. One with traffic of others does not.
   */
  get host(): readonly AddressKey[] | undefined {
    const families = [this.#guess[4], this.#guess[6]].filter(({ hasSeen }) => hasSeen);
    const hosts = families.flatMap(({ host }) => host ?? []);
    return hosts.length > 0 && hosts.length === families.length ? hosts : undefined;
  }

  #lookAtTcp({ source, destination, sending, receiving }: Packet, tcp: Tcp): void {
    const { sourcePort, port, flags } = tcp;
    const isSyn = (flags & tcpFlag.SYN) !== 0;
    const isAck = (flags & tcpFlag.ACK) !== 0;
    if (isSyn && isAck) this.served.add('tcp', source, sourcePort);
    if (isSyn) {
      this.#begun.set(sending, true);
      if (!isAck) this.#calls.set(receiving, tcp.sequence);
      return;
    }
    if ((flags & tcpFlag.RST) !== 0) return;
    // Who goes on where his SYN has ended was answered, whether or not the answer is in the capture.
    const call = this.#calls.get(receiving);
    if (isAck && call !== undefined && tcp.sequence === (call + 1) >>> 0 && tcp.acknowledged !== 0)
      this.served.add('tcp', destination, port);
    if (!this.#begun.has(sending) && isAck)
      this.#underWay.set(sending, { local: source, remote: destination });
  }

  #lookAtUdp({ source, destination, sending, receiving }: Packet, { sourcePort, isResolvers }: Udp): void {
    const first = this.#datagrams.get(sending);
    if (isResolvers && first === 'in' && this.#resolvers.size < MAX_RESOLVERS)
      this.#resolvers.set(`${source}>${destination}`, { resolver: source, asker: destination });
    if (first === 'in' || (first === undefined && sourcePort < FIRST_UNPRIVILEGED))
      this.served.add('udp', source, sourcePort);
    if (first !== undefined) return;
    this.#datagrams.set(sending, 'out');
    this.#datagrams.set(receiving, 'in');
  }
}
