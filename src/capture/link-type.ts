/** What frames begin with: https://www.tcpdump.org/linktypes.html */
export const linkTypes = {
  ethernet: 1,
  /** Three numbers for the same, by system; 101 is what is written today. */
  rawBsd: 12,
  rawOpenbsd: 14,
  raw: 101,
  cooked: 113,
  ipv4: 228,
  ipv6: 229,
  cooked2: 276,
} as const;

const known: ReadonlySet<number> = new Set(Object.values(linkTypes));

export const isLinkTypeKnown = (linkType: number): boolean => known.has(linkType);

/** Those that people meet. */
const others = new Map([
  [0, 'BSD loopback'],
  [9, 'PPP'],
  [105, 'IEEE 802.11'],
  [108, 'OpenBSD loopback'],
  [119, 'IEEE 802.11 with a Prism header'],
  [127, 'IEEE 802.11 with a radiotap header'],
  [147, 'a private link type'],
  [189, 'USB'],
  [195, 'IEEE 802.15.4'],
  [220, 'USB'],
  [239, 'netfilter log messages'],
]);

/** For people. */
export function linkTypeName(linkType: number): string {
  const name = others.get(linkType);
  return name === undefined ? `link type ${linkType}` : `link type ${linkType} (${name})`;
}
