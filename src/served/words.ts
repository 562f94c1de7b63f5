import type { ForwardedPorts, Found } from './findings.ts';
import type { Forwarded } from './forwarded.ts';
import type { Forwardable } from './reach.ts';

/** `22,80-81` of each protocol; empty: none. */
export const portTexts = ({ tcp, udp, sctp }: ForwardedPorts): Record<Forwardable, string> => ({
  tcp: `${tcp}`,
  udp: `${udp}`,
  sctp: `${sctp}`,
});

/** What of this host the policy does not say; nothing where no port is forwarded. */
export function forwardedWords(ports: ForwardedPorts): string[] {
  const named = Object.entries(portTexts(ports)).filter(([, text]) => text !== '');
  if (named.length === 0) return [];
  const words = named.map(([protocol, text]) => `${protocol.toUpperCase()} ${text}`);
  return [`Forwarded by rules of this host, and so as good as served: ${words.join('; ')}.`];
}

const REMEDY =
  'whoever uses them would look like a scanner: name them in monitor.tcp.except and monitor.udp.except';

export type Doubtful = Pick<Found, 'unread'> & Pick<Forwarded, 'failures'>;

/** What an operator should know of forwarded ports that may have been overlooked, a sentence each. */
export function doubtsAbout({ unread, failures }: Doubtful): string[] {
  const [first] = unread;
  return [
    ...(first === undefined
      ? []
      : [
          `rules that forward nobody can tell which ports, or for whom: ${unread.length}, the first of them: ${first}; ${REMEDY}`,
        ]),
    ...(failures.length === 0
      ? []
      : [
          `this host forwards packets, and its rules could not all be asked for the ports (${failures.join('; ')}); ${REMEDY}`,
        ]),
  ];
}
