import type { BpfMap } from 'bpf-loader-native';
import type { Protocol } from '../detect/probe.ts';
import type { LossCount, OutcomeCount, PortCount, ProbeCount } from './data-plane.ts';
import { isPossible, kinds, losses, outcomes, protocols } from './names.ts';
import { readField, type ScalarField, stride, viewOf } from './struct.ts';
import { counterLayout, kind } from './wire.generated.ts';

const U64: ScalarField = { at: 0, type: 'u64' };
const PORTS = 65_536;

/** The sum over all CPUs of one field of a per-CPU array's entry. */
export function sumOverCpus(map: BpfMap, index: number, fields: readonly ScalarField[]): number[] {
  const value = map.get(indexKey(index));
  if (!value) throw new RangeError(`${map.info.name} has no entry ${index}`);
  const view = viewOf(value);
  const step = stride(map.info.valueSize);
  return fields.map((field) => {
    let sum = 0;
    for (let base = 0; base < value.length; base += step) sum += readField(view, base, field);
    return sum;
  });
}

export const indexKey = (index: number): Uint8Array => new Uint8Array(new Uint32Array([index]).buffer);

export function readOutcomes(map: BpfMap): OutcomeCount[] {
  return outcomes.map(({ number, verdict, reason }) => {
    const [packets, bytes] = sumOverCpus(map, number, [counterLayout.packets, counterLayout.bytes]);
    return { verdict, reason, packets: packets!, bytes: bytes! };
  });
}

export function readProbes(map: BpfMap): ProbeCount[] {
  return protocols.flatMap((protocol) =>
    kinds
      .filter((probeKind) => isPossible(protocol.name, probeKind.name))
      .map((probeKind) => {
        const [probes] = sumOverCpus(map, protocol.number * kind.MAX + probeKind.number, [U64]);
        return { protocol: protocol.name, kind: probeKind.name, probes: probes! };
      }),
  );
}

export function readLosses(map: BpfMap): LossCount[] {
  return losses.map(({ number, reason }) => ({ reason, count: sumOverCpus(map, number, [U64])[0]! }));
}

/** ICMP types and IP protocols have one byte. */
const numbersOf = (protocol: Protocol): number => (protocol === 'icmp' || protocol === 'ip' ? 256 : PORTS);

/** Ports with probes, from the shared memory of xs_port_probes. */
export function readPortProbes(memory: ArrayBuffer): PortCount[] {
  const view = new DataView(memory);
  const found: PortCount[] = [];
  for (const protocol of protocols) {
    for (let port = 0; port < numbersOf(protocol.name); port++) {
      const probes = readField(view, (protocol.number * PORTS + port) * 8, U64);
      if (probes > 0) found.push({ protocol: protocol.name, port, probes });
    }
  }
  return found;
}
