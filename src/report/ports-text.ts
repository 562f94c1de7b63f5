import { type Port, portKey, portOf } from '../detect/port-key.ts';
import { formatPorts } from '../values/ports.ts';

/** `1-4/tcp,53/udp`, whatever their order. */
export function portsText(ports: Iterable<Port>): string {
  const keys = [...new Set(Array.from(ports, portKey))].sort((a, b) => a - b);
  const groups = Map.groupBy(keys.map(portOf), ({ protocol }) => protocol);
  return [...groups]
    .map(([protocol, entries]) => `${formatPorts(entries.map(({ port }) => port))}/${protocol}`)
    .join(',');
}
