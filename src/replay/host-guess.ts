import { type AddressKey, type Packet, tcpFlag } from './packet.ts';

/** Peers of a host that are remembered; more are not needed to tell. */
const MAX_PEERS = 4096;
/** So many others must have begun to talk to it: of two hosts that talk to each other nobody can tell. */
const ENOUGH_CALLERS = 2;

/**
 * Whose capture it is: the one address that is an end of every packet, and that most others call. Who is an end of every packet because
 * it calls all others is rather a scanner; because it answers whom nobody has seen calling, the victim of somebody's forgery.
 */
export class HostGuess {
  #candidates: readonly AddressKey[] | undefined;
  /** By candidate: its peers, and whether each called it first. */
  readonly #peers = new Map<AddressKey, Map<AddressKey, boolean>>();

  look(packet: Packet): void {
    const { source, destination } = packet;
    const isEnd = (host: AddressKey) => host === source || host === destination;
    this.#candidates ??= [source, destination];
    if (!this.#candidates.every(isEnd)) this.#candidates = this.#candidates.filter(isEnd);
    for (const candidate of this.#candidates) {
      const peers = this.#peersOf(candidate);
      const peer = candidate === source ? destination : source;
      if (peers.size < MAX_PEERS && !peers.has(peer))
        peers.set(peer, candidate === destination && isCall(packet));
    }
  }

  #peersOf(candidate: AddressKey): Map<AddressKey, boolean> {
    let peers = this.#peers.get(candidate);
    if (!peers) {
      peers = new Map();
      this.#peers.set(candidate, peers);
    }
    return peers;
  }

  get hasSeen(): boolean {
    return this.#candidates !== undefined;
  }

  get host(): AddressKey | undefined {
    const [host, other] = this.#candidates ?? [];
    if (host === undefined || other !== undefined) return undefined;
    const peers = [...this.#peers.get(host)!.values()];
    const callers = peers.filter((isCaller) => isCaller).length;
    return callers >= ENOUGH_CALLERS && callers > peers.length / 2 ? host : undefined;
  }
}

const isCall = ({ transport }: Packet): boolean =>
  transport?.protocol === 'udp' ||
  (transport !== undefined && (transport.flags & (tcpFlag.SYN | tcpFlag.ACK | tcpFlag.RST)) === tcpFlag.SYN);
