/**
 * Sends frames from the interface that its one argument names, an Order; prints a Sent. A process of its own, because a run
 * of live frames blocks until it is over, and because it must be in the scanner's network namespace and on one CPU.
 */
import {
  BpfLink,
  BpfObject,
  type BpfProgram,
  interfaceIndex,
  TEST_RUN_XDP_LIVE_FRAMES,
} from 'bpf-loader-native';

const OBJECT = new URL('../../build/generator.bpf.o', import.meta.url).pathname;
/** As many as one poll of a network interface takes. */
const BATCH = 64;
const WARM_UP_PACKETS = 50_000;
const CHUNKS = 10;
/** At a rate, packets go in bursts: each call costs as much as some packets. */
const BURST = 8;

export type Order = {
  readonly interface: string;
  /** In hexadecimal. */
  readonly frame: string;
  /** The part of it that changes. */
  readonly firstSource: number;
  readonly sources: number;
  readonly ports: number;
  readonly random: boolean;
  readonly inARow: number;
  readonly amount:
    | { readonly forMs: number }
    | { readonly packets: number; readonly packetsPerSecond: number };
};

export type Sent = {
  /** All of them, those that warmed the caches included. */
  readonly packets: number;
  /** Those that were timed, and how long they took. */
  readonly timed: number;
  readonly ns: number;
};

if (import.meta.main) main(JSON.parse(process.argv[2]!) as Order);

function main(order: Order): void {
  const object = BpfObject.open(OBJECT);
  object.setTunable('xs_gen_ifindex', u32(interfaceIndex(order.interface)));
  object.setTunable('xs_gen_ipv6', flag(order.frame.slice(24, 28) === '86dd'));
  object.setTunable('xs_gen_first_source', u32(order.firstSource));
  object.setTunable('xs_gen_sources', u32(order.sources));
  object.setTunable('xs_gen_ports', u32(order.ports));
  object.setTunable('xs_gen_random', flag(order.random));
  object.setTunable('xs_gen_in_a_row', u32(order.inARow));
  object.load();
  const program = object.program('xs_generator');
  // Nothing arrives there. A program that sits nowhere costs 28 ms a run, while the kernel makes place for it.
  const link = BpfLink.attachXdp(program, interfaceIndex('lo'), 'generic');
  const data = Uint8Array.from(Buffer.from(order.frame, 'hex'));
  const { amount } = order;
  const sent =
    'forMs' in amount
      ? atFullSpeed(program, data, amount.forMs)
      : atRate(program, data, amount.packets, amount.packetsPerSecond);
  link.close();
  console.log(JSON.stringify(sent));
}

function atFullSpeed(program: BpfProgram, data: Uint8Array, forMs: number): Sent {
  const warmUpNs = run(program, data, WARM_UP_PACKETS);
  const chunk = Math.max(BATCH, Math.round((WARM_UP_PACKETS * forMs * 1e6) / warmUpNs / CHUNKS));
  let [timed, ns] = [0, 0];
  while (ns < forMs * 1e6) {
    ns += run(program, data, chunk);
    timed += chunk;
  }
  return { packets: WARM_UP_PACKETS + timed, timed, ns };
}

function atRate(program: BpfProgram, data: Uint8Array, packets: number, packetsPerSecond: number): Sent {
  const beganNs = process.hrtime.bigint();
  const elapsedNs = () => Number(process.hrtime.bigint() - beganNs);
  for (let sent = 0; sent < packets; sent += BURST) {
    while (elapsedNs() < (sent / packetsPerSecond) * 1e9) {
      // Waiting is too short for a timer.
    }
    run(program, data, Math.min(BURST, packets - sent));
  }
  return { packets, timed: packets, ns: elapsedNs() };
}

/** How many nanoseconds it took to send and, the receiver being on the same CPU, to receive. */
function run(program: BpfProgram, data: Uint8Array, packets: number): number {
  const beganNs = process.hrtime.bigint();
  program.testRun({ data, repeat: packets, flags: TEST_RUN_XDP_LIVE_FRAMES, batchSize: BATCH });
  return Number(process.hrtime.bigint() - beganNs);
}

function u32(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}

function flag(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 1 : 0);
}
