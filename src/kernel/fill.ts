import { PortSet } from '../values/ports.ts';
import { contains, type Prefix } from '../values/prefix.ts';
import { encodePrefix } from './decode.ts';
import type { Entry } from './mirror.ts';
import { protocols } from './names.ts';
import type { PortsByProtocol } from './program-options.ts';
import { makeStruct, readBytes } from './struct.ts';
import { ignore, stationLayout, wire } from './wire.generated.ts';

const BYTES_PER_WORD = 8;

/** Writes the port bits (xs_monitored or xs_served, shared memory); each word at once, so packets may ask for them meanwhile. */
export function fillPorts(memory: ArrayBuffer, ports: PortsByProtocol): void {
  for (const { name, number } of protocols) {
    const words = new BigUint64Array(memory, number * wire.PORT_WORDS * BYTES_PER_WORD, wire.PORT_WORDS);
    const wanted = new BigUint64Array(wire.PORT_WORDS);
    for (const port of ports[name] ?? []) {
      wanted[Math.floor(port / wire.PORTS_PER_WORD)]! |= 1n << BigInt(port % wire.PORTS_PER_WORD);
    }
    words.set(wanted);
  }
}

/** What fillPorts() has written there. */
export function readPorts(memory: ArrayBuffer): PortsByProtocol {
  const bits = new Uint32Array(memory);
  const wordsPerProtocol = (wire.PORT_WORDS * BYTES_PER_WORD) / Uint32Array.BYTES_PER_ELEMENT;
  return Object.fromEntries(
    protocols.map(({ name, number }) => {
      const words = bits.subarray(number * wordsPerProtocol, (number + 1) * wordsPerProtocol);
      return [name, PortSet.ofBits(words)];
    }),
  );
}

/**
 * Keys and values of the ignore list and of the guarded addresses, without those of the latter that are ignored anyway: a
 * longer prefix would hide that.
 */
export function exemptEntries(ignored: readonly Prefix[], guarded: readonly Prefix[]): Entry[] {
  const entry = (value: number) => (prefix: Prefix) => ({ key: encodePrefix(prefix), value: u32(value) });
  const rest = guarded.filter((prefix) => !ignored.some((network) => contains(network, prefix)));
  // Should there not be room for all, it is for the ignore list to be cut short.
  return [...rest.map(entry(ignore.GUARDED)), ...ignored.map(entry(ignore.IGNORED))];
}

/** Keys and values of the link-layer addresses that are this host's. */
export function stationEntries(stations: readonly Uint8Array[]): Entry[] {
  return stations.map((address) => ({
    key: makeStruct(stationLayout.size, (view) => readBytes(view, 0, stationLayout.addr).set(address)),
    value: Uint8Array.of(1),
  }));
}

const u32 = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);
