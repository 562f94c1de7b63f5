import { availableParallelism } from 'node:os';
import { addresses, type Host, type Lab } from '../lab/lab.ts';
import { succeed } from '../lab/process.ts';
import { addressBytes, synFrame } from './frame.ts';
import type { Order, Sent } from './generate.ts';

const GENERATE = new URL('./generate.ts', import.meta.url).pathname;

/** Sender and receiver share it: what comes out of a veth is received where it was sent. */
export const CPU = availableParallelism() - 1;

/**
 * How many sources there are to draw from. Of IPv4, all of the network that is set aside for benchmarks (RFC 2544), for no other
 * is; of IPv6, /64s of the network for documentation.
 */
export const POOL = { 4: 131_072, 6: 1_000_000 } as const;

export type Traffic = {
  readonly family: 4 | 6;
  /** The first of the pool. */
  readonly sources: number;
  /** From 1 on; 0: always port 23. */
  readonly ports: number;
  /** Whether sources and ports are drawn, or each source goes through all ports before the next does. */
  readonly random: boolean;
  /** So many of the ports, where it is not to be all of them; the next source goes on with those after them. */
  readonly inARow?: number;
  /** The only source, not of the pool: one that can be answered. */
  readonly source?: string;
};

export const oneSource = (family: 4 | 6): Traffic => ({ family, sources: 1, ports: 0, random: false });

/** How much: for so long as fast as it goes; or so many at a rate. */
export type Amount = Order['amount'];

/**
 * Whatever else has the core meanwhile would count as the time of what is measured. Not for a flood that somebody has to live with:
 * who is woken on that core would have to wait.
 */
export const UNDISTURBED = ['nice', '--adjustment=-20'] as const;

/** Sends from the lab's scanner to its sentry. The packets have been received when it ends. */
export async function send(
  lab: Lab,
  traffic: Traffic,
  amount: Amount,
  before: readonly string[] = [],
): Promise<Sent> {
  const order: Order = {
    interface: lab.scanner.interface,
    frame: Buffer.from(await frameFor(lab, traffic)).toString('hex'),
    firstSource: changingPart(traffic.source ?? sourceAt(traffic.family, 0)),
    sources: traffic.sources,
    ports: traffic.ports,
    random: traffic.random,
    inARow: traffic.inARow ?? Math.max(1, traffic.ports),
    amount,
  };
  const pinned = [...before, 'taskset', '--cpu-list', String(CPU)];
  const [command, ...args] = [...pinned, process.execPath, GENERATE, JSON.stringify(order)];
  const child = lab.scanner.spawn(command!, args);
  const { stdout } = await succeed(child, 'the generator');
  return JSON.parse(stdout) as Sent;
}

async function frameFor(lab: Lab, { family, source }: Traffic): Promise<Uint8Array> {
  const { ipv4, ipv6 } = addresses.sentry;
  return synFrame({
    source: source ?? sourceAt(family, 0),
    target: family === 4 ? ipv4 : ipv6,
    port: 23,
    station: await stationOf(lab.sentry),
  });
}

/** The link-layer address of a host. Not from /sys, which shows another namespace's interfaces. */
export async function stationOf(host: Host): Promise<string> {
  const { stdout } = await host.execute('ip', ['-json', 'link', 'show', host.interface]);
  return (JSON.parse(stdout) as [{ address: string }])[0].address;
}

/** Tells a host where another is, so that nothing has to ask while it is measured. */
export async function introduce(host: Host, address: string, station: string): Promise<void> {
  const neighbour = ['to', address, 'lladdr', station, 'dev', host.interface, 'nud', 'permanent'];
  await host.execute('ip', ['neighbour', 'replace', ...neighbour]);
}

/** The hosts of the lab have /64s of their own below this one: the pool must not have them, too. */
const FIRST_GROUP6 = 0x1000;

/** The nth source of the pool. */
export function sourceAt(family: 4 | 6, nth: number): string {
  if (family === 4) return `198.${18 + (nth >>> 16)}.${(nth >>> 8) & 0xff}.${nth & 0xff}`;
  return `2001:db8:${(FIRST_GROUP6 + (nth >>> 16)).toString(16)}:${(nth & 0xffff).toString(16)}::1`;
}

/** What the generator counts up: of IPv4 the address, of IPv6 the second 32 bits of it. */
function changingPart(address: string): number {
  const bytes = Uint8Array.from(addressBytes(address));
  return new DataView(bytes.buffer).getUint32(bytes.length === 4 ? 0 : 4);
}
