import { readFileSync } from 'node:fs';

const ELF_MAGIC = 0x464c457f; // "\x7fELF", little-endian
const CLASS_64 = 2;
const SECTION_HEADERS_AT = 0x28;
const SECTION_HEADER_SIZE_AT = 0x3a;
const SECTION_COUNT_AT = 0x3c;
const SECTION_NAMES_INDEX_AT = 0x3e;

/** Bytes of one section of a little-endian 64-bit ELF file (System V ABI, chapter 4), as clang writes it for BPF. */
export function readElfSection(path: string, name: string): DataView {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== ELF_MAGIC || view.getUint8(4) !== CLASS_64) {
    throw new Error(`${path} is no 64-bit ELF file`);
  }
  const headersAt = Number(view.getBigUint64(SECTION_HEADERS_AT, true));
  const headerSize = view.getUint16(SECTION_HEADER_SIZE_AT, true);
  const count = view.getUint16(SECTION_COUNT_AT, true);
  const section = (index: number) => {
    const at = headersAt + index * headerSize;
    return {
      nameAt: view.getUint32(at, true),
      offset: Number(view.getBigUint64(at + 0x18, true)),
      size: Number(view.getBigUint64(at + 0x20, true)),
    };
  };
  const names = section(view.getUint16(SECTION_NAMES_INDEX_AT, true));
  for (let index = 0; index < count; index++) {
    const { nameAt, offset, size } = section(index);
    const from = names.offset + nameAt;
    if (file.toString('latin1', from, file.indexOf(0, from)) === name) {
      return new DataView(file.buffer, file.byteOffset + offset, size);
    }
  }
  throw new Error(`${path} has no section ${name}`);
}
