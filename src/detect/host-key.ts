/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
const [OFFSET, PRIME] = [0x811c9dc5, 0x01000193];

/** A number for an address, or another text: two of a handful have the same one in a billion, and then count as one. */
export function hostKey(address: string): number {
  let hash = OFFSET;
  for (let at = 0; at < address.length; at++) hash = Math.imul(hash ^ address.charCodeAt(at), PRIME);
  return hash >>> 0;
}
