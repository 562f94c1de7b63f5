/** The parser of the data plane by itself (parsed.bpf.c), loaded into the kernel and run on single frames. */
import { fileURLToPath } from 'node:url';
import { BpfObject, type BpfProgram } from 'bpf-loader-native';
import { proto } from '../../src/kernel/wire.generated.ts';
import { formatAddress } from '../../src/values/prefix.ts';
import { type OutcomeName, outcomeName } from '../support/sentry-object/names.ts';
import type { Reading } from './reading.ts';

const OBJECT = fileURLToPath(new URL('../../build/parsed.bpf.o', import.meta.url));

/** Struct xs_parsed. */
const at = {
  saddr: 0,
  daddr: 16,
  tcpSeq: 32,
  sport: 36,
  dport: 38,
  tcpWindow: 40,
  ipId: 42,
  family: 44,
  transport: 45,
  tcpFlags: 46,
  tcpHeader: 47,
  ttl: 48,
  proto: 49,
  chunk: 50,
  shortFragment: 51,
  addresses: 52,
  ports: 53,
} as const;
const ADDRESS_BYTES = 16;

/** A reading, and with which outcome the packet would pass where it was not read up to its ports. */
export type Parsed = Reading & {
  readonly outcome: OutcomeName | undefined;
  /** A first fragment that ends within the transport header. */
  readonly isShort?: boolean;
};

export class Parser implements Disposable {
  readonly #object: BpfObject;
  readonly #program: BpfProgram;
  readonly #parsed: DataView;

  constructor() {
    this.#object = BpfObject.open(OBJECT);
    this.#object.load();
    this.#program = this.#object.program('xs_show_parsed');
    this.#parsed = new DataView(this.#object.map('xs_parsed').mmap());
  }

  /** `frame`: Ethernet, of 14 to about 3,000 bytes. */
  read(frame: Uint8Array): Parsed {
    this.#program.testRun({ data: frame });
    const number = this.#u8(at.addresses) || this.#u8(at.ports);
    const outcome = number === 0 ? undefined : outcomeName(number);
    if (this.#u8(at.addresses) !== 0) return { outcome };
    return { outcome, ...this.#ends(), ...this.#rest(outcome) };
  }

  [Symbol.dispose](): void {
    this.#program.close();
    this.#object.close();
  }

  #ends(): Reading {
    const version = this.#u8(at.family);
    return { version, source: this.#address(at.saddr), destination: this.#address(at.daddr) };
  }

  #rest(outcome: OutcomeName | undefined): Reading & Pick<Parsed, 'isShort'> {
    if (outcome === 'PASS_FRAGMENT') return { isLaterFragment: true };
    if (outcome !== undefined && outcome !== 'PASS_OTHER_PROTOCOL') return {};
    const identification = this.#u8(at.family) === 4 ? this.#u16(at.ipId) : undefined;
    const header = { ttl: this.#u8(at.ttl), identification, protocol: this.#u8(at.transport) };
    if (outcome !== undefined) return header;
    const port = this.#u16(at.dport);
    switch (this.#u8(at.proto)) {
      case proto.ICMP:
        return { ...header, request: port };
      case proto.IP:
        return header;
    }
    const ends = { sourcePort: this.#u16(at.sport), port };
    if (this.#u8(at.shortFragment) !== 0) return { ...header, ...ends, isShort: true };
    return { ...header, ...ends, ...this.#behindPorts() };
  }

  #behindPorts(): Reading {
    switch (this.#u8(at.proto)) {
      case proto.SCTP:
        return { chunk: this.#u8(at.chunk) };
      case proto.TCP:
        return {
          flags: this.#u8(at.tcpFlags),
          sequence: this.#parsed.getUint32(at.tcpSeq),
          window: this.#u16(at.tcpWindow),
          headerBytes: this.#u8(at.tcpHeader),
        };
      default:
        return {};
    }
  }

  #u8(offset: number): number {
    return this.#parsed.getUint8(offset);
  }

  /** In network byte order. */
  #u16(offset: number): number {
    return this.#parsed.getUint16(offset);
  }

  #address(offset: number): string {
    return formatAddress(this.#u8(at.family), new Uint8Array(this.#parsed.buffer, offset, ADDRESS_BYTES));
  }
}
