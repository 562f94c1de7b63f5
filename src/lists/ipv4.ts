const [DOT, SLASH, ZERO, NINE] = [0x2e, 0x2f, 0x30, 0x39];

/** What stands behind each of the five numbers; nothing behind the last. */
const SEPARATORS = [DOT, DOT, DOT, SLASH, -1];

/**
 * Reads `192.0.2.1` or `192.0.2.0/24`, if that is all there is from `start` to `end`, as `parsePrefix` does from text. Answers
 * whether it is one; then `take` has got address (host byte order, bits behind the length and all) and length.
 */
export function readIPv4(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: (address: number, length: number) => void,
): boolean {
  let [address, length] = [0, 32];
  let numbers = 0;
  let [value, digits] = [0, 0];
  for (let at = start; at <= end; at++) {
    const byte = at < end ? bytes[at]! : -1;
    if (byte >= ZERO && byte <= NINE) {
      if (digits > 0 && value === 0) return false; // octal to some, decimal to others
      value = value * 10 + byte - ZERO;
      if (value > 255) return false;
      digits++;
      continue;
    }
    if (digits === 0 || numbers > 4 || (at < end && byte !== SEPARATORS[numbers])) return false;
    if (numbers < 4) address = address * 256 + value;
    else length = value;
    numbers++;
    [value, digits] = [0, 0];
  }
  if (numbers < 4 || length > 32) return false;
  take(address, length);
  return true;
}
