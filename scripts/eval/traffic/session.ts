import { be32 } from '../../packets/layer.ts';
import type { Random } from '../../packets/random.ts';
import type { Shot } from '../../packets/shot.ts';
import { tcpFlags } from '../../packets/transport.ts';
import type { Carrier } from './carriers.ts';

export type Ends = {
  readonly client: string;
  readonly server: string;
  readonly sport?: number;
  readonly port: number;
};

type End = { next: number; clock: number };

const SYN_OPTIONS = [2, 4, 5, 0xb4, 4, 2, 8, 10];
const SCALE_7 = [1, 3, 3, 7];
/** Between one segment and the next. */
const ROUND_TRIP_S = 0.02;

/** A TCP connection between two Linux hosts: each segment with the numbers and options that they would give it. */
export class Session {
  readonly #carrier: Carrier;
  readonly #ends: Required<Ends>;
  readonly #client: End;
  readonly #server: End;

  constructor(carrier: Carrier, ends: Ends, random: Random) {
    this.#carrier = carrier;
    this.#ends = { sport: 32_768 + random.below(28_232), ...ends };
    this.#client = { next: random.u32(), clock: random.u32() };
    this.#server = { next: random.u32(), clock: random.u32() };
  }

  /** What the client sends next: flags as letters, and so many bytes. */
  ask(flags: string, bytes = 0): Uint8Array {
    const { client, server, sport, port } = this.#ends;
    return this.#segment(
      this.#client,
      this.#server,
      { src: client, dst: server },
      [sport, port],
      flags,
      bytes,
    );
  }

  /** The same of the server. */
  answer(flags: string, bytes = 0): Uint8Array {
    const { client, server, sport, port } = this.#ends;
    return this.#segment(
      this.#server,
      this.#client,
      { src: server, dst: client },
      [port, sport],
      flags,
      bytes,
    );
  }

  /** The client repeats its SYN. */
  askAgain(): Uint8Array {
    this.#client.next--;
    return this.ask('S');
  }

  /** Three segments, from that second on. */
  opened(at: number): Shot[] {
    return paced(at, [this.ask('S'), this.answer('SA'), this.ask('A')]);
  }

  /** A question and its answer. */
  used(at: number): Shot[] {
    return paced(at, [this.ask('PA', 120), this.answer('A'), this.answer('PA', 900), this.ask('A')]);
  }

  closed(at: number): Shot[] {
    return paced(at, [this.ask('FA'), this.answer('FA'), this.ask('A')]);
  }

  /** All of these: half a second. */
  whole(at: number): Shot[] {
    return [this.opened(at), this.used(at + 0.1), this.closed(at + 0.4)].flat();
  }

  /** Nobody serves the port. */
  refused(at: number): Shot[] {
    return paced(at, [this.ask('S'), this.answer('RA')]);
  }

  #segment(
    from: End,
    to: End,
    ends: { readonly src: string; readonly dst: string },
    [sport, dport]: readonly [number, number],
    flags: string,
    bytes: number,
  ): Uint8Array {
    const set = tcpFlags(flags);
    const has = (letter: string) => (set & tcpFlags(letter)) !== 0;
    const ack = has('A') ? to.next : 0;
    const clocks = [...be32(from.clock++), ...be32(has('A') ? to.clock : 0)];
    const options = has('R')
      ? []
      : has('S')
        ? [...SYN_OPTIONS, ...clocks, ...SCALE_7]
        : [1, 1, 8, 10, ...clocks];
    // A host that knows nothing of a connection takes the number out of what it refuses: 0, where a SYN has none.
    const seq = has('R') && has('A') && from === this.#server ? 0 : from.next;
    const fields = { sport, dport, flags, seq, ack: ack >>> 0, window: has('R') ? 0 : 64_240, options };
    from.next = (from.next + bytes + (has('S') || has('F') ? 1 : 0)) >>> 0;
    const ip = { ...ends, ttl: 64, id: from.clock & 0xffff, dontFragment: true };
    return this.#carrier.begin(ip).tcp(fields).bytes(bytes).build();
  }
}

const paced = (at: number, frames: readonly Uint8Array[]): Shot[] =>
  frames.map((frame, index) => ({ at: at + index * ROUND_TRIP_S, frame }));
