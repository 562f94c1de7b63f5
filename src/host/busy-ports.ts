import type { Transport } from '../detect/probe.ts';
import { PortSet } from '../values/ports.ts';
import { servedPorts } from './sockets.ts';

/**
 * Ports of those wanted that somebody else holds: monitored ones with a socket right now, and those that could not be listened
 * at. As text, `22,80-81`.
 */
export function busyPorts(
  monitored: Readonly<Record<Transport, PortSet>>,
  refused: readonly { readonly protocol: Transport; readonly port: number }[],
): Record<Transport, string> {
  const busy = (protocol: Transport): string => {
    const ports = PortSet.of([...servedPorts(protocol)].filter((port) => monitored[protocol].has(port)));
    for (const it of refused) if (it.protocol === protocol) ports.add(it.port);
    return ports.toString();
  };
  return { tcp: busy('tcp'), udp: busy('udp') };
}
