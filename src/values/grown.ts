/** A copy with room for `size` numbers; what is new is 0. The system gives memory of large arrays only where something is written. */
export function grown<A extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
  old: A,
  size: number,
): A {
  const larger = new (old.constructor as new (size: number) => A)(size);
  larger.set(old);
  return larger;
}
