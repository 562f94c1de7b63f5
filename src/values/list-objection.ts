/** Why a network of a list keeps nobody out. `private`: of no use in the Internet, or not unicast. `own`: this host's, a gateway's or resolver's, that of somebody who is logged in. */
export const listObjections = ['too_wide', 'private', 'own', 'ignored'] as const;
export type ListObjection = (typeof listObjections)[number];

/**
 * Whether it holds for good, so that the network is left out. What is own or ignored may be neither tomorrow, and a list that has not
 * changed is not read again: such a network stays in it, and the data plane, which asks for each packet that it would drop
 * whether its source is own or ignored, lets it alone as long as it is. It knows of so many of them as its table has room for
 * (EXEMPT_CAPACITY in src/kernel/libbpf.ts), and what finds none is counted as own_address_table_full.
 */
export const holdsForGood = (objection: ListObjection): boolean =>
  objection === 'too_wide' || objection === 'private';

/** True when there is something on a list and nothing of it is in force: it is not the list that somebody had in mind. */
export const isInVain = ({ ipv4, ipv6, skipped, bad }: ListCounts): boolean =>
  ipv4 + ipv6 === 0 && (bad > 0 || listObjections.some((reason) => skipped[reason] > 0));

type ListCounts = {
  readonly ipv4: number;
  readonly ipv6: number;
  readonly skipped: Readonly<Record<ListObjection, number>>;
  readonly bad: number;
};

/** What of a list keeps nobody out: `left out: 1 too wide, 2 private` and `let alone as long as they are: 1 own`, as far as there are any. */
export function skippedWords(skipped: Readonly<Record<ListObjection, number>>): string[] {
  const countsOf = (reasons: readonly ListObjection[]) =>
    reasons
      .filter((reason) => skipped[reason] > 0)
      .map((reason) => `${skipped[reason]} ${reason.replace('_', ' ')}`)
      .join(', ');
  const forGood = countsOf(listObjections.filter(holdsForGood));
  const atPresent = countsOf(listObjections.filter((reason) => !holdsForGood(reason)));
  return [
    ...(forGood ? [`left out: ${forGood}`] : []),
    ...(atPresent ? [`let alone as long as they are: ${atPresent}`] : []),
  ];
}
