import type { Transport } from '../../detect/probe.ts';
import { SentryError } from '../../errors.ts';

/** Whose rules a portsentry.conf follows: those of PortSentry 1.2, or of 2.x. */
export type Style = '1.2' | '2';

/** The modes of each protocol; 1.2 knows the first three, 2.x the others. */
export const modesOf = {
  tcp: ['tcp', 'stcp', 'atcp', 'stealth', 'connect'],
  udp: ['udp', 'sudp', 'audp', 'stealth', 'connect'],
} as const satisfies Record<Transport, readonly string[]>;

export type TcpMode = (typeof modesOf.tcp)[number];
export type UdpMode = (typeof modesOf.udp)[number];

/** What PortSentry would be started with. A protocol without mode is not watched. */
export type PortsentryModes = { readonly tcp?: TcpMode | undefined; readonly udp?: UdpMode | undefined };

/**
 * What a mode does. `listen`: binds its ports and waits for connections. `list`: watches the ports of a list.
 * `below`: watches all ports below a number.
 */
export function watchingOf(mode: TcpMode | UdpMode): 'listen' | 'list' | 'below' {
  if (mode === 'tcp' || mode === 'udp' || mode === 'connect') return 'listen';
  return mode === 'atcp' || mode === 'audp' ? 'below' : 'list';
}

const isOf2 = (mode: string): boolean => mode === 'stealth' || mode === 'connect';

/** True when at least one protocol has a mode. */
export const namesMode = (modes: PortsentryModes | undefined): modes is PortsentryModes =>
  modes?.tcp !== undefined || modes?.udp !== undefined;

/** The version that knows these modes; undefined without modes. Throws XS_ERR_USAGE for modes of both versions. */
export function styleOfModes({ tcp, udp }: PortsentryModes): Style | undefined {
  const styles = new Set(
    [tcp, udp].filter((mode) => mode !== undefined).map((mode) => (isOf2(mode) ? '2' : '1.2')),
  );
  if (styles.size > 1)
    throw new SentryError('XS_ERR_USAGE', `modes of two versions of PortSentry: ${tcp} and ${udp}`);
  return [...styles][0];
}

/** `atcp and audp`, `stealth` */
export function modeWords({ tcp, udp }: PortsentryModes): string {
  return [...new Set([tcp, udp])].filter((mode) => mode !== undefined).join(' and ');
}

/**
 * Reads `atcp,audp`, `stcp` or `stealth` (which is both protocols). Undefined when a word is no mode, or two are of one
 * protocol.
 */
export function parseModes(text: string): PortsentryModes | undefined {
  const modes: { tcp?: TcpMode; udp?: UdpMode } = {};
  for (const word of text.split(',').map((part) => part.trim())) {
    const [tcp, udp] = [modesOf.tcp.find((mode) => mode === word), modesOf.udp.find((mode) => mode === word)];
    const isTaken =
      (tcp !== undefined && modes.tcp !== undefined) || (udp !== undefined && modes.udp !== undefined);
    if ((tcp === undefined && udp === undefined) || isTaken) return undefined;
    if (tcp !== undefined) modes.tcp = tcp;
    if (udp !== undefined) modes.udp = udp;
  }
  return modes;
}
