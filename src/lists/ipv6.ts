const [COLON, SLASH] = [0x3a, 0x2f];

/** Value of a hexadecimal digit; -1 for any other byte. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[0-9a-f]/i.test(char) ? Number.parseInt(char, 16) : -1;
});

/**
 * Reads `2001:db8::1` or `2001:db8::/32`, if that is all there is from `start` to `end`, into four words, the most significant
 * first, bits behind the length and all; answers with the length. -1 for anything else, and for what is rare and left to
 * `parsePrefix`: dotted parts, and addresses that stand for IPv4 ones.
 */
export function readIPv6(bytes: Uint8Array, start: number, end: number, words: Uint32Array): number {
  words.fill(0);
  let groups = 0; // read so far
  let gap = -1; // groups before the `::`
  let at = start;
  if (bytes[at] === COLON && bytes[at + 1] === COLON) {
    gap = 0;
    at += 2;
  }
  while (at < end && bytes[at] !== SLASH) {
    let value = 0;
    const from = at;
    for (; at < end && DIGITS[bytes[at]!]! >= 0; at++) value = value * 16 + DIGITS[bytes[at]!]!;
    if (at === from || at - from > 4 || groups === 8) return -1;
    words[groups >> 1]! |= groups % 2 === 0 ? value << 16 : value;
    groups++;
    if (at === end || bytes[at] === SLASH) break;
    if (bytes[at++] !== COLON) return -1;
    if (at < end && bytes[at] === COLON) {
      if (gap >= 0) return -1;
      gap = groups;
      at++;
    } else if (at === end || bytes[at] === SLASH) return -1;
  }
  if (gap < 0 ? groups !== 8 : groups > 7) return -1;
  if (gap >= 0) moveToEnd(words, gap, groups);
  const length = at < end ? lengthAt(bytes, at + 1, end) : 128;
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff ? -1 : length;
}

/** Moves the groups behind the `::` to where they belong. */
function moveToEnd(words: Uint32Array, gap: number, groups: number): void {
  const get = (group: number) => (words[group >> 1]! >>> (group % 2 === 0 ? 16 : 0)) & 0xffff;
  const set = (group: number, value: number) => {
    const word = words[group >> 1]!;
    words[group >> 1] = group % 2 === 0 ? (word & 0xffff) | (value << 16) : (word & ~0xffff) | value;
  };
  for (let group = groups - 1, to = 7; group >= gap; group--, to--) {
    const value = get(group);
    set(group, 0);
    set(to, value);
  }
}

/** A decimal number up to 128 with no zero before others; -1 for anything else. */
function lengthAt(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 3) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! < 0x3a ? DIGITS[bytes[at]!]! : -1;
    if (digit < 0 || (at > start && value === 0)) return -1;
    value = value * 10 + digit;
  }
  return value <= 128 ? value : -1;
}
