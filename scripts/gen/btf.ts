/**
 * Reads BTF, the type information inside a BPF object
 * (format: Documentation/bpf/btf.rst of the kernel, as of 6.1).
 */
export type BtfType = {
  readonly kind: number;
  readonly name: string;
  /** Size in bytes, or the type that this one refers to, by kind. */
  readonly sizeOrType: number;
  readonly members: readonly BtfMember[];
  readonly array?: { readonly type: number; readonly count: number };
};

/** A struct's field (`value`: offset in bits), an enum's name (`value`: its number), a section's variable (`value`: size). */
export type BtfMember = { readonly name: string; readonly type: number; readonly value: number };

export const kind = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

const TYPE_HEADER_BYTES = 12;

/** All types, by id; id 0 is void. */
export function parseBtf(view: DataView): BtfType[] {
  const u32 = (at: number) => view.getUint32(at, true);
  const headerBytes = u32(4);
  const typesAt = headerBytes + u32(8);
  const typesEnd = typesAt + u32(12);
  const stringsAt = headerBytes + u32(16);
  const text = (offset: number) => {
    let result = '';
    for (let at = stringsAt + offset; view.getUint8(at) !== 0; at++) {
      result += String.fromCharCode(view.getUint8(at));
    }
    return result;
  };

  const types: BtfType[] = [{ kind: 0, name: 'void', sizeOrType: 0, members: [] }];
  for (let at = typesAt; at < typesEnd; ) {
    const info = u32(at + 4);
    const typeKind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    const header = { kind: typeKind, name: text(u32(at)), sizeOrType: u32(at + 8) };
    at += TYPE_HEADER_BYTES;
    const members: BtfMember[] = [];
    const readMembers = (bytes: number, read: (at: number) => BtfMember) => {
      for (let index = 0; index < count; index++, at += bytes) members.push(read(at));
    };
    switch (typeKind) {
      case kind.ARRAY:
        types.push({ ...header, members, array: { type: u32(at), count: u32(at + 8) } });
        at += 12;
        continue;
      case kind.STRUCT:
      case kind.UNION:
        readMembers(12, (m) => ({ name: text(u32(m)), type: u32(m + 4), value: u32(m + 8) }));
        break;
      case kind.ENUM:
        readMembers(8, (m) => ({ name: text(u32(m)), type: 0, value: view.getInt32(m + 4, true) }));
        break;
      case kind.ENUM64:
        readMembers(12, (m) => ({ name: text(u32(m)), type: 0, value: u32(m + 4) }));
        break;
      case kind.FUNC_PROTO:
        readMembers(8, (m) => ({ name: text(u32(m)), type: u32(m + 4), value: 0 }));
        break;
      case kind.DATASEC:
        readMembers(12, (m) => ({ name: '', type: u32(m), value: u32(m + 8) }));
        break;
      case kind.INT:
      case kind.VAR:
      case kind.DECL_TAG:
        at += 4;
        break;
    }
    types.push({ ...header, members });
  }
  return types;
}
