import { readFileSync } from 'node:fs';
import type { Transport } from '../detect/probe.ts';
import { PortSet } from '../values/ports.ts';
import { readIfThere } from './read-if-there.ts';

/** State of a socket that takes packets from anybody, in /proc/net: TCP LISTEN, UDP not connected. */
const OPEN_TO_ALL = { tcp: '0A', udp: '07' } as const;

/** Ports of this network namespace that a socket serves right now, on whatever address. */
export function servedPorts(protocol: Transport): PortSet {
  const served = new PortSet();
  for (const table of [protocol, `${protocol}6`]) {
    for (const port of parseSocketTable(readTable(table), OPEN_TO_ALL[protocol])) served.add(port);
  }
  return served;
}

/** Local ports of the sockets in that state. `text` is /proc/net/tcp or a sibling (Documentation/networking/proc_net_tcp.rst). */
export function parseSocketTable(text: string, state: string): number[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === state)
    .map((columns) => Number.parseInt(columns[1]!.split(':')[1]!, 16));
}

/** Empty where the family is switched off. */
function readTable(name: string): string {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Some thousand endpoints. */
const MAX_SCTP_BYTES = 1 << 20;

/**
 * SCTP ports that somebody is bound to (Linux, net/sctp/proc.c: the column LPORT). The kernel tells a BPF program of no such sockets.
 * None where SCTP is not loaded: then nobody can be.
 */
export function sctpPorts(): PortSet {
  const text = readIfThere('/proc/self/net/sctp/eps', MAX_SCTP_BYTES)?.toString('latin1') ?? '';
  return parseSctpTable(text.slice(0, text.lastIndexOf('\n') + 1));
}

export function parseSctpTable(text: string): PortSet {
  const ports = new PortSet();
  for (const line of text.split('\n').slice(1)) {
    const port = Number(line.trim().split(/\s+/)[5]);
    if (Number.isInteger(port)) ports.add(port);
  }
  return ports;
}
