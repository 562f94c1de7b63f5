/**
 * Turns bpf/wire.h and bpf/config.h into src/kernel/wire.generated.ts: the names come from the headers, numbers and
 * layouts from the BTF of the compiled object, so that what TypeScript reads is what clang laid out.
 *
 * Usage: node scripts/gen/wire.ts OBJECT WIRE_H OUTPUT
 */
import { readFileSync } from 'node:fs';
import { type BtfType, kind, parseBtf } from './btf.ts';
import { readElfSection } from './elf.ts';
import { writeIfChanged } from './write.ts';

const [objectPath, headerPath, outputPath] = process.argv.slice(2);
if (!objectPath || !headerPath || !outputPath) {
  console.error('usage: node scripts/gen/wire.ts OBJECT WIRE_H OUTPUT');
  process.exit(2);
}

const types = parseBtf(readElfSection(objectPath, '.BTF'));
const header = readFileSync(headerPath, 'utf8');
const declared = (keyword: string) =>
  [...header.matchAll(new RegExp(`^${keyword} (xs_\\w+) \\{`, 'gm'))].map((match) => match[1]!);

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const withoutPrefix = (name: string) => name.replace(/^xs_/, '');

function find(typeKind: number, name: string): BtfType {
  const found = types.find((type) => type.kind === typeKind && type.name === name);
  if (!found) throw new Error(`${name} is in ${headerPath} but not in the BTF of ${objectPath}`);
  return found;
}

/** Follows typedefs and qualifiers; the first typedef's name tells byte order (__be16). */
function scalar(id: number): string {
  for (let type = types[id]!; ; type = types[type.sizeOrType]!) {
    const named = /^__(u8|u16|u32|u64|be16|be32|be64)$/.exec(type.name)?.[1];
    if (named) return named;
    if (type.kind === kind.INT) return `u${type.sizeOrType * 8}`;
    if (type.kind === kind.ENUM) return 'u32';
    if (type.sizeOrType === 0 || type.kind === kind.STRUCT) {
      throw new Error(`${headerPath} has a field that is neither number nor array: ${type.name}`);
    }
  }
}

function field(member: { name: string; type: number; value: number }): string {
  const array = types[member.type]!.array;
  const length = array ? `, length: ${array.count}` : '';
  return `  ${camel(member.name)}: { at: ${member.value / 8}, type: '${scalar(array?.type ?? member.type)}'${length} },`;
}

function enumSource(name: string): string {
  const type = find(kind.ENUM, name);
  const prefixes = type.members.map((member) => member.name.replace(/^XS_/, ''));
  const own = `${withoutPrefix(name).toUpperCase()}_`;
  const lines = type.members.map((member, index) => {
    const label = prefixes[index]!;
    return `  ${label.startsWith(own) ? label.slice(own.length) : label}: ${member.value},`;
  });
  return `/** enum ${name} */\nexport const ${camel(withoutPrefix(name))} = {\n${lines.join('\n')}\n} as const;\n`;
}

function structSource(name: string): string {
  const type = find(kind.STRUCT, name);
  const fields = type.members.filter((member) => member.name !== 'pad').map(field);
  return `/** struct ${name}, ${type.sizeOrType} bytes */\nexport const ${camel(withoutPrefix(name))}Layout = {\n  size: ${type.sizeOrType},\n${fields.join('\n')}\n} as const;\n`;
}

/** Load-time tunables are what .rodata holds. */
function tunablesSource(): string {
  const lines = find(kind.DATASEC, '.rodata').members.map((member) => {
    const variable = types[member.type]!;
    return `  ${camel(withoutPrefix(variable.name))}: { name: '${variable.name}', size: ${member.value} },`;
  });
  return `/** Load-time tunables of bpf/config.h */\nexport const tunables = {\n${lines.join('\n')}\n} as const;\n`;
}

const source = [
  '// Generated from bpf/wire.h and bpf/config.h by `make gen`; a change there changes this.\n',
  ...declared('enum').map(enumSource),
  ...declared('struct').map(structSource),
  tunablesSource(),
].join('\n');
writeIfChanged(outputPath, source);
