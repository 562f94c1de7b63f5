import type { ConnectionPorts } from '../exempt/regulars.ts';
import { NS_PER_SECOND } from '../values/duration.ts';
import { BoundedMap } from './bounded-map.ts';
import { type AddressKey, type Packet, type Tcp, tcpFlag, type Udp } from './packet.ts';
import { Peers } from './peers.ts';
import type { Served } from './served.ts';

/** Connections, and likewise ports that datagrams were sent from, that are known at a time. */
const CAPACITY = 1 << 20;

/** A SYN is given up after that time without an answer (Linux: six repetitions, the last of which waits 64 s). */
const SYN_NS = 127 * NS_PER_SECOND;
/** After its end a connection is known for so long: TIME_WAIT, and packets that were on the way. */
const TIME_WAIT_NS = 60 * NS_PER_SECOND;
/** How long somebody waits for an answer to a datagram, and for more once one has come: as the kernel's connection tracking. */
const DATAGRAM_NS = 30 * NS_PER_SECOND;
const STREAM_NS = 180 * NS_PER_SECOND;

type Connection = {
  readonly remote: AddressKey;
  /** Unless something comes before; Infinity: there is no end in sight. */
  endsNs: number;
  isEstablished: boolean;
  hasLocalEnd: boolean;
  hasRemoteEnd: boolean;
  /** What the caller acknowledges when he has got the answer to his SYN; undefined: nobody calls, or he has it. */
  expected: number | undefined;
};

/** Somebody has completed a handshake with one of the hosts; `isCaller`: he had called, and has proved who he is. */
export type OnHandshake = (
  source: AddressKey,
  ports: ConnectionPorts,
  isCaller: boolean,
  nowNs: number,
) => void;

/**
 * The sockets of the hosts in a capture, as far as it tells of them: what the kernel of each would find for a packet. Ports that
 * somebody listens at are known from the start; connections come and go with what both sides send.
 */
export class Sockets {
  readonly #served: Served;
  readonly #onHandshake: OnHandshake;
  readonly #connections = new BoundedMap<string, Connection>(CAPACITY);
  readonly #datagrams = new BoundedMap<string, { endsNs: number; isAnswered: boolean }>(CAPACITY);
  readonly #proven = new Set<AddressKey>();
  readonly #peers = new Peers();

  /** `underWay`: conversations that had begun before the first packet. */
  constructor(
    served: Served,
    underWay: Iterable<readonly [string, AddressKey]> = [],
    onHandshake: OnHandshake = () => undefined,
  ) {
    this.#served = served;
    this.#onHandshake = onHandshake;
    for (const [key, remote] of underWay) this.#put(key, established(remote));
  }

  /** Whether the host that the packet goes to has a socket for it. To be asked before received(). */
  isMeant(packet: Packet, nowNs: number): boolean {
    const { destination, transport } = packet;
    if (!transport) return false;
    const { protocol, port } = transport;
    if (this.#served.has(protocol, destination, port)) return true;
    const known =
      protocol === 'tcp'
        ? this.#connections.get(packet.receiving)
        : this.#datagrams.get(portKey(destination, port));
    return known !== undefined && known.endsNs > nowNs;
  }

  /** Its source has sent it. */
  sent(packet: Packet, nowNs: number): void {
    if (packet.transport?.protocol === 'tcp') this.#sentTcp(packet, packet.transport, nowNs);
    else if (packet.transport) this.#sentUdp(packet, packet.transport, nowNs);
  }

  /** Its destination has got it. */
  received(packet: Packet, nowNs: number): void {
    const { source, destination, transport } = packet;
    if (!transport) return;
    if (transport.protocol === 'udp') {
      const flow = this.#datagrams.get(portKey(destination, transport.port));
      if (!flow || flow.endsNs <= nowNs) return;
      flow.isAnswered = true;
      flow.endsNs = nowNs + STREAM_NS;
      return;
    }
    const { flags } = transport;
    const connection = this.#connections.get(packet.receiving);
    if (!connection) return;
    if ((flags & tcpFlag.RST) !== 0) this.#end(connection, nowNs);
    else if ((flags & tcpFlag.FIN) !== 0) {
      connection.hasRemoteEnd = true;
      this.#leave(connection);
      if (connection.hasLocalEnd) this.#end(connection, nowNs);
    } else if ((flags & tcpFlag.ACK) !== 0 && !connection.isEstablished && connection.endsNs > nowNs)
      this.#establish(connection, transport, source, nowNs);
  }

  /** Addresses that have completed a handshake with one of the hosts: nobody could do that in their name. */
  get proven(): ReadonlySet<AddressKey> {
    return this.#proven;
  }

  /** Who holds a connection to one of the hosts. */
  get peers(): Pick<Peers, 'addresses' | 'changes'> {
    return this.#peers;
  }

  /** What was forgotten because there was too much, ever. */
  get forgotten(): number {
    return this.#connections.forgotten + this.#datagrams.forgotten;
  }

  #establish(connection: Connection, tcp: Tcp, source: AddressKey, nowNs: number): void {
    const { flags, acknowledged, sourcePort, port } = tcp;
    const isAnswer = (flags & tcpFlag.SYN) !== 0;
    const isCaller = connection.expected !== undefined;
    if (isCaller === isAnswer || (isCaller && acknowledged !== connection.expected)) return;
    if (isCaller) this.#proven.add(source);
    this.#onHandshake(source, { remote: sourcePort, local: port }, isCaller, nowNs);
    connection.isEstablished = true;
    this.#peers.add(source);
    connection.endsNs = Infinity;
    connection.expected = undefined;
  }

  #sentTcp({ destination, sending: key }: Packet, tcp: Tcp, nowNs: number): void {
    const { flags } = tcp;
    const known = this.#connections.get(key);
    if ((flags & tcpFlag.SYN) !== 0) {
      // Who repeats the answer to a SYN, since it was lost, has the connection already.
      if (known?.isEstablished && (flags & tcpFlag.ACK) !== 0) return;
      const expected = (flags & tcpFlag.ACK) !== 0 ? (tcp.sequence + 1) >>> 0 : undefined;
      this.#put(key, { ...begun(destination), endsNs: nowNs + SYN_NS, expected });
    } else if ((flags & tcpFlag.RST) !== 0) {
      if (known) this.#end(known, nowNs);
    } else if (!known || known.endsNs <= nowNs) {
      // Nobody acknowledges out of the blue but a scanner: it was under way.
      if ((flags & tcpFlag.ACK) !== 0) this.#put(key, established(destination));
    } else if ((flags & tcpFlag.FIN) !== 0) {
      known.hasLocalEnd = true;
      this.#leave(known);
      if (known.hasRemoteEnd) this.#end(known, nowNs);
    }
  }

  #sentUdp({ source }: Packet, { sourcePort }: Udp, nowNs: number): void {
    const key = portKey(source, sourcePort);
    const known = this.#datagrams.get(key);
    const isAnswered = known?.isAnswered === true && known.endsNs > nowNs;
    this.#datagrams.set(key, { endsNs: nowNs + (isAnswered ? STREAM_NS : DATAGRAM_NS), isAnswered });
  }

  #put(key: string, connection: Connection): void {
    const gone = this.#connections.set(key, connection);
    if (gone) this.#leave(gone);
    if (connection.isEstablished) this.#peers.add(connection.remote);
  }

  /** One of the ends has sent its last. */
  #leave(connection: Connection): void {
    if (connection.isEstablished) this.#peers.remove(connection.remote);
    connection.isEstablished = false;
  }

  #end(connection: Connection, nowNs: number): void {
    this.#leave(connection);
    connection.endsNs = Math.min(connection.endsNs, nowNs + TIME_WAIT_NS);
  }
}

const begun = (remote: AddressKey): Connection => ({
  remote,
  endsNs: Infinity,
  isEstablished: false,
  hasLocalEnd: false,
  hasRemoteEnd: false,
  expected: undefined,
});

const established = (remote: AddressKey): Connection => ({ ...begun(remote), isEstablished: true });

const portKey = (host: AddressKey, port: number): string => `${host}:${port}`;
