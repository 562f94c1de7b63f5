/** Structs of the wire as objects, by the generated layouts. */
import { endianness } from 'node:os';

type FieldType = 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32';
type Field = { readonly at: number; readonly type: FieldType; readonly length?: number };
type Layout = { readonly size: number };
type FieldsOf<L extends Layout> = Exclude<keyof L, 'size'>;
type NumberOf<F> = F extends { readonly type: 'u64' } ? bigint : number;
type ValueOf<F> = F extends { readonly length: number } ? NumberOf<F>[] : NumberOf<F>;

/** A struct with each of its fields; arrays for arrays, bigint for 64 bits. */
export type RecordOf<L extends Layout> = { [Name in FieldsOf<L>]: ValueOf<L[Name]> };

const LITTLE = endianness() === 'LE';
const sizeOf = { u8: 1, u16: 2, u32: 4, u64: 8, be16: 2, be32: 4 } as const satisfies Record<
  FieldType,
  number
>;

/** Reads every field of the struct. */
export function decodeRecord<L extends Layout>(layout: L, bytes: Uint8Array): RecordOf<L> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = fieldsOf(layout).map(([name, field]) => {
    const values = Array.from({ length: field.length ?? 1 }, (_, index) =>
      read(view, field.type, field.at + index * sizeOf[field.type]),
    );
    return [name, field.length === undefined ? values[0] : values] as const;
  });
  return Object.fromEntries(fields) as RecordOf<L>;
}

/** Writes the given fields; the others are zero. */
export function encodeRecord<L extends Layout>(layout: L, record: Partial<RecordOf<L>>): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  for (const [name, field] of fieldsOf(layout)) {
    const value = record[name as FieldsOf<L>] as number | bigint | (number | bigint)[] | undefined;
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    values.forEach((item, index) => {
      write(view, field.type, field.at + index * sizeOf[field.type], item);
    });
  }
  return bytes;
}

/** A number in the machine's byte order. */
export function encodeNumber(size: number, value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), LITTLE);
  return LITTLE ? bytes.slice(0, size) : bytes.slice(8 - size);
}

function fieldsOf(layout: Layout): [string, Field][] {
  return Object.entries<unknown>(layout).filter((entry): entry is [string, Field] => entry[0] !== 'size');
}

function read(view: DataView, type: FieldType, at: number): number | bigint {
  if (type === 'u8') return view.getUint8(at);
  if (type === 'u16') return view.getUint16(at, LITTLE);
  if (type === 'u32') return view.getUint32(at, LITTLE);
  if (type === 'u64') return view.getBigUint64(at, LITTLE);
  return type === 'be32' ? view.getUint32(at, false) : view.getUint16(at, false);
}

function write(view: DataView, type: FieldType, at: number, value: number | bigint): void {
  if (type === 'u8') view.setUint8(at, Number(value));
  else if (type === 'u16') view.setUint16(at, Number(value), LITTLE);
  else if (type === 'u32') view.setUint32(at, Number(value), LITTLE);
  else if (type === 'u64') view.setBigUint64(at, BigInt(value), LITTLE);
  else if (type === 'be32') view.setUint32(at, Number(value), false);
  else view.setUint16(at, Number(value), false);
}
