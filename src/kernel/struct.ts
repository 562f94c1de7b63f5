/** Reading and writing C structs by the layouts in wire.generated.ts. */

type ScalarType = 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32';
export type ScalarField = { readonly at: number; readonly type: ScalarType; readonly length?: never };
export type BytesField = { readonly at: number; readonly type: 'u8'; readonly length: number };

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * The number in `field` of the struct that starts at `base`. 64-bit values come as numbers: exact to 2^53, which are
 * 104 days in nanoseconds, and to 4 ns for a year. (A bigint would cost three times as much.)
 */
export function readField(view: DataView, base: number, field: ScalarField): number {
  const at = base + field.at;
  switch (field.type) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, LITTLE_ENDIAN);
    case 'u32':
      return view.getUint32(at, LITTLE_ENDIAN);
    case 'u64':
      return LITTLE_ENDIAN
        ? view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_TO_32
        : view.getUint32(at) * TWO_TO_32 + view.getUint32(at + 4);
    case 'be16':
      return view.getUint16(at);
    case 'be32':
      return view.getUint32(at);
  }
}

/** Writes `value` in the machine's byte order, or in network order for the be types. */
export function writeField(view: DataView, base: number, field: ScalarField, value: number): void {
  const at = base + field.at;
  switch (field.type) {
    case 'u8':
      view.setUint8(at, value);
      break;
    case 'u16':
      view.setUint16(at, value, LITTLE_ENDIAN);
      break;
    case 'u32':
      view.setUint32(at, value, LITTLE_ENDIAN);
      break;
    case 'u64':
      view.setBigUint64(at, u64(value), LITTLE_ENDIAN);
      break;
    case 'be16':
      view.setUint16(at, value);
      break;
    case 'be32':
      view.setUint32(at, value);
  }
}

/** Throws a RangeError for what would wrap around. */
function u64(value: number): bigint {
  const whole = BigInt(Math.round(value));
  if (whole < 0n || whole > 0xffff_ffff_ffff_ffffn)
    throw new RangeError(`${value} is no unsigned 64-bit number`);
  return whole;
}

/** A view of an array field's bytes; it follows what the memory becomes. */
export function readBytes(view: DataView, base: number, field: BytesField): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + base + field.at, field.length);
}

/** Bytes of a struct with the given fields set and all others zero. */
export function makeStruct(size: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** `size` rounded up to a multiple of 8: the distance of values in per-CPU and mmapped maps. */
export const stride = (size: number): number => (size + 7) & ~7;
