/** Splits the addresses from `first` to `last`, both included, into the fewest networks: 62 at most. */
export function splitRange(
  first: number,
  last: number,
  take: (address: number, length: number) => void,
): void {
  let at = first;
  while (at <= last) {
    let bits = 0; // of the largest network that begins here and does not go beyond the last address
    while (bits < 32 && at % 2 ** (bits + 1) === 0 && at + 2 ** (bits + 1) - 1 <= last) bits++;
    take(at, 32 - bits);
    at += 2 ** bits;
  }
}
