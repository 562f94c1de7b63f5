import { holdsForGood, type ListObjection, listObjections } from '../respond/list-objection.ts';

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
