import { readInterfaceChoice } from '../places.ts';

/** Words of PortSentry 2: all interfaces, or all but the loopback one, which is no scanner's way in. */
const ALL = ['ALL', 'ALL_NLO', 'any'];

/** `eth0`, `eth0 eth1`, `ALL`, `ALL !docker0`; undefined when a word is none of these. Throws an Error that says why one cannot be. */
export function readInterfaces(text: string): string[] | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const choice = words.map((word) => (ALL.includes(word) ? '*' : readInterfaceChoice(word)));
  const known = choice.filter((word) => word !== undefined);
  return known.length === choice.length && known.length > 0 ? known : undefined;
}
