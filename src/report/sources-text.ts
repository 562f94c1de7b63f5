import { isIPv4 } from 'node:net';
import { formatPorts } from '../values/ports.ts';

/** Longest list of sources in a line for people, in characters. */
const MAX_TEXT = 200;

/** `203.0.113.4-7,9, 198.51.100.7 and 12 more`: neighbours of a /24 share what they have in common. */
export function sourcesText(sources: readonly string[]): string {
  const groups = Map.groupBy(sources, (source) =>
    isIPv4(source) ? source.slice(0, source.lastIndexOf('.')) : source,
  );
  let text = '';
  let left = sources.length;
  for (const [network, its] of groups) {
    const next = isIPv4(its[0]!)
      ? `${network}.${formatPorts(its.map(lastNumber).sort((a, b) => a - b))}`
      : network;
    if (text !== '' && text.length + next.length > MAX_TEXT) break;
    text += `${text === '' ? '' : ', '}${next}`;
    left -= its.length;
  }
  return left > 0 ? `${text} and ${left} more` : text;
}

const lastNumber = (address: string): number => Number(address.slice(address.lastIndexOf('.') + 1));
