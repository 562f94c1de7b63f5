/** Packets as sentences: `eth().vlan(5).ip4({ src: SCANNER }).tcp({ dport: 22, flags: 'S' }).build()`. */

import { type Ip4Fields, ip4Layer } from './ip4.ts';
import {
  authLayer,
  EXT,
  extLayer,
  type FragmentFields,
  fragmentLayer,
  type Ip6Fields,
  ip6Layer,
  routingLayer,
} from './ip6.ts';
import { cut, type Layer } from './layer.ts';
import { type EthFields, ethLayer, qinqLayer, vlanLayer } from './link.ts';
import {
  type IcmpFields,
  icmp6Layer,
  icmpLayer,
  type SctpFields,
  sctpLayer,
  type TcpFields,
  tcpLayer,
  type UdpFields,
  udpLayer,
} from './transport.ts';

type FrameChange = (frame: Uint8Array) => Uint8Array;

/** A packet in the making. Every step answers a new one; lengths, next headers and checksums come with `build`. */
export class Packet {
  readonly #layers: readonly Layer[];
  readonly #changes: readonly FrameChange[];

  constructor(layers: readonly Layer[] = [], changes: readonly FrameChange[] = []) {
    this.#layers = layers;
    this.#changes = changes;
  }

  vlan(id: number): Packet {
    return this.#with(vlanLayer(id));
  }

  /** The outer of two tags. */
  qinq(id: number, type?: number): Packet {
    return this.#with(qinqLayer(id, type));
  }

  ip4(fields: Ip4Fields = {}): Packet {
    return this.#with(ip4Layer(fields));
  }

  ip6(fields: Ip6Fields = {}): Packet {
    return this.#with(ip6Layer(fields));
  }

  /** A hop-by-hop options header with that many bytes of options: 6, 14, 22, … */
  hopByHop(optionBytes = 6): Packet {
    return this.#with(extLayer(EXT.hopByHop, optionBytes + 2));
  }

  destOptions(totalBytes = 8): Packet {
    return this.#with(extLayer(EXT.destOptions, totalBytes));
  }

  mobility(totalBytes = 8): Packet {
    return this.#with(extLayer(EXT.mobility, totalBytes));
  }

  hip(totalBytes = 40): Packet {
    return this.#with(extLayer(EXT.hip, totalBytes));
  }

  shim6(totalBytes = 8): Packet {
    return this.#with(extLayer(EXT.shim6, totalBytes));
  }

  routing(): Packet {
    return this.#with(routingLayer());
  }

  auth(): Packet {
    return this.#with(authLayer());
  }

  fragment(fields: FragmentFields = {}): Packet {
    return this.#with(fragmentLayer(fields));
  }

  tcp(fields: TcpFields = {}): Packet {
    return this.#with(tcpLayer(fields));
  }

  udp(fields: UdpFields = {}): Packet {
    return this.#with(udpLayer(fields));
  }

  icmp(fields: IcmpFields = {}): Packet {
    return this.#with(icmpLayer(fields));
  }

  icmp6(fields: IcmpFields = {}): Packet {
    return this.#with(icmp6Layer(fields));
  }

  sctp(fields: SctpFields = {}): Packet {
    return this.#with(sctpLayer(fields));
  }

  /** Bytes with a meaning of nobody's: that many of 0x5a, or those given. `protocol`: the number by which IP announces them. */
  bytes(content: number | Uint8Array, protocol?: number): Packet {
    const bytes = typeof content === 'number' ? new Uint8Array(content).fill(0x5a) : content.slice();
    const encode: Layer['encode'] = ({ payload }) => Uint8Array.from([...bytes, ...payload]);
    return this.#with(protocol === undefined ? { encode } : { protocol, encode });
  }

  /** Leaves `bytes` of the last layer and what follows it; the IP header counts what is left, as in a first fragment. */
  keep(bytes: number): Packet {
    const last = this.#layers.at(-1);
    if (!last) throw new RangeError('there is no layer to cut');
    return new Packet([...this.#layers.slice(0, -1), cut(last, bytes)], this.#changes);
  }

  /** Cuts the finished frame; the headers still announce what is gone. */
  truncate(bytes: number): Packet {
    return this.#changed((frame) => frame.slice(0, bytes));
  }

  /** Fills the finished frame up with bytes that no header announces, as Ethernet does. */
  padTo(bytes: number, filler = 0): Packet {
    return this.#changed((frame) => {
      const padded = new Uint8Array(Math.max(bytes, frame.length)).fill(filler);
      padded.set(frame);
      return padded;
    });
  }

  build(): Uint8Array {
    let payload: Uint8Array = new Uint8Array();
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const ip = this.#layers.slice(0, index).findLast((layer) => layer.addresses)?.addresses;
      payload = this.#layers[index]!.encode({ payload, next: this.#layers[index + 1], ip });
    }
    return this.#changes.reduce((frame, change) => change(frame), payload);
  }

  #with(layer: Layer): Packet {
    return new Packet([...this.#layers, layer], this.#changes);
  }

  #changed(change: FrameChange): Packet {
    return new Packet(this.#layers, [...this.#changes, change]);
  }
}

/** Starts with an Ethernet header. */
export const eth = (fields: EthFields = {}): Packet => new Packet([ethLayer(fields)]);

/** The same, behind so many VLAN tags. */
export const tagged = (tags: number, id = 1): Packet =>
  Array.from({ length: tags }).reduce<Packet>((packet) => packet.vlan(id), eth());

/** Starts with the IP header, as on a device that has no Ethernet (tun, wireguard). */
export const layer3 = (): Packet => new Packet();
