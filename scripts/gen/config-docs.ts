/**
 * Writes docs/config.schema.json and docs/config.md from the schema in src/config/schema.ts.
 *
 * Usage: node scripts/gen/config-docs.ts [DIRECTORY]
 */
import { join } from 'node:path';
import { z } from 'zod';
import { defaultRules } from '../../src/config/default-rules.ts';
import { configSchema } from '../../src/config/schema.ts';
import { ruleBounds } from '../../src/kernel/wire.generated.ts';
import { configExamples } from './config-examples.ts';
import { writeIfChanged } from './write.ts';

/** What JSON Schema calls a schema, with the words of ours that go into the tables. */
type Schema = {
  description?: string;
  allowed?: string;
  unit?: string;
  default?: unknown;
  samples?: unknown[];
  examples?: unknown[];
  otherwise?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
};

/** The text of each generated file, by its name in docs/. */
export function generateConfigDocs(): Record<'config.schema.json' | 'config.md', string> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => settle(jsonSchema as Schema),
  }) as Schema;
  return { 'config.schema.json': `${print(forEditors(schema))}\n`, 'config.md': markdown(schema) };
}

/** Puts default and examples where JSON Schema has them: it knows none of an option whose text is turned into a value. */
function settle(schema: Schema): void {
  const { samples, otherwise } = schema;
  delete schema.samples;
  delete schema.otherwise;
  if (otherwise !== undefined) schema.default = otherwise;
  if (samples) schema.examples = samples;
  else if (schema.default !== undefined && !schema.properties) schema.examples = [schema.default];
}

/** The schema with unit and allowed values in the description, which editors show, and no keyword of our own. */
function forEditors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forEditors);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { allowed, unit, ...rest } = schema as Schema & Record<string, unknown>;
  const extra = [allowed && `Allowed: ${allowed}.`, unit && unit !== 'duration' && `Unit: ${unit}.`];
  const description = [rest.description, ...(rest.description ? extra : [])].filter(Boolean).join(' ');
  const copied = Object.entries(rest).map(([key, value]) => {
    const isData = key === 'default' || key === 'examples' || key === 'enum';
    return [key, isData ? value : forEditors(value)];
  });
  return { ...Object.fromEntries(copied), ...(description && { description }) };
}

/** JSON as the formatter of this repository leaves it: short lists of plain values on one line. */
function print(value: unknown, indent = '', taken = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => print(item, inner)).join(', ')}]`;
    if (!line.includes('\n') && indent.length + taken + line.length < 110) return line;
    return `[\n${value.map((item) => inner + print(item, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, item]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${print(item, inner, name.length)}`;
  });
  return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`;
}

type Row = { key: string; schema: Schema; required: boolean };

/** Every option at and below `schema`, in the order of the file. */
function rowsOf(schema: Schema, path: string): Row[] {
  const body = [schema, ...(schema.anyOf ?? [])].find((each) => each.properties);
  const item = schema.items?.properties && schema.items;
  if (item) return rowsOf(item, `${path}[]`);
  return Object.entries(body?.properties ?? {}).flatMap(([name, below]) => {
    const key = path === '' ? name : `${path}.${name}`;
    return [{ key, schema: below, required: body?.required?.includes(name) ?? false }, ...rowsOf(below, key)];
  });
}

const code = (value: unknown): string =>
  `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``;

/** Longest default that a cell of a table has; what is longer is told elsewhere. */
const MAX_DEFAULT = 80;

function defaultText({ schema, required }: Row): string {
  if (required) return 'none: must be there';
  if (schema.items?.properties)
    return code(schema.default).length > MAX_DEFAULT ? 'see below' : code(schema.default);
  const isMap = typeof schema.default === 'object' && !Array.isArray(schema.default);
  if (isMap || schema.default === undefined) return '';
  return code(schema.default);
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { allowed = '', unit, description = '' } = row.schema;
    const values = unit && unit !== 'duration' ? `${allowed} (${unit})` : allowed;
    return [code(row.key), values, defaultText(row), description];
  });
  const lines = [['key', 'allowed', 'default', 'what it does'], ...cells];
  const escaped = lines.map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = escaped[0]!.map((_, column) => Math.max(...escaped.map((line) => line[column]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [escaped[0]!, rule, ...escaped.slice(1)]
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
    .join('\n');
}

function sections(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, below]) => ({
    name,
    rows: [{ key: name, schema: below, required: false }, ...rowsOf(below, name)],
  }));
  const plain = rows.filter((section) => section.rows.length === 1).flatMap((section) => section.rows);
  const deep = rows.filter((section) => section.rows.length > 1);
  return [
    `## General\n\n${table(plain)}`,
    ...deep.map(({ name, rows: own }) => `## ${name}\n\n${table(own)}`),
  ].join('\n\n');
}

function defaultRuleText(): string {
  return defaultRules
    .map(({ rule, why }) => {
      const lines = Object.entries(rule).map(
        ([key, value], index) =>
          `${index === 0 ? '  - ' : '    '}${key}: ${Array.isArray(value) ? `[${value.join(', ')}]` : value}`,
      );
      return `### ${rule.name}\n\n\`\`\`yaml\nrules:\n${lines.join('\n')}\n\`\`\`\n\n${why}`;
    })
    .join('\n\n');
}

const markdown = (
  schema: Schema,
): string => `<!-- Generated by scripts/gen/config-docs.ts from src/config/schema.ts; change it there. -->

# Configuration

A YAML 1.2 file of at most 1 MiB. Every option may be left out; an empty file is the built-in policy. A key that
does not exist, a key that is there twice and a value that is not allowed are errors, and all of them are reported at
once, each with line and column:

\`\`\`
xdpsentry.yaml:7:13: rules[0].window: "5 minutes" is no duration; write it like 30s, 10m or 1h30m, or forever
\`\`\`

\`xdpsentry check -c FILE\` reads a file and says in plain words what it makes the sentry do; nothing else happens.
An editor that knows JSON Schema helps with [config.schema.json](config.schema.json); for the YAML language server,
begin the file with \`# yaml-language-server: $schema=\` and the path of that file.

- **Durations** are whole numbers with a unit: \`ms\`, \`s\`, \`m\`, \`h\`, \`d\`, \`w\`, or several of them: \`1h30m\`.
- **Ports** are a number, a text of ports and ranges like \`"22,80,1000-2000"\`, or a list of both.
- **Networks** may have bits behind their prefix length: 198.51.100.7/24 is 198.51.100.0/24.

${sections(schema)}

Each rule says at least one of \`distinct_ports\`, \`distinct_hosts\`, \`probes\` and \`instant\`.

In enforce mode the kernel carries out by itself, in the very packet that decides, what it can decide exactly: rules that block (by each
protocol that they count), for all monitored ports, with \`distinct_ports\` and \`probes\` up to ${ruleBounds.RULE_THRESHOLD} and without \`distinct_hosts\`. It has room for
${ruleBounds.RULES_MAX} of them besides those that one probe decides, and for ${ruleBounds.RULE_SLOTS} ports and probes together (\`distinct_ports\` where
it is more than 1, and \`probes\` where these are more than \`distinct_ports\`); the first ones get it. The controller carries out the others, some packets
later. \`xdpsentry check\` says of each rule who does, and why not the kernel. Connections to \`listen\` are counted by the controller in any case.

## portsentry.conf

Wherever a configuration file is named, it may also be the portsentry.conf of PortSentry 1.2 or 2.x, as it is: its
first line that is no comment tells. \`xdpsentry check -c portsentry.conf\` says what it makes the sentry do, what is
wrong with it, and what PortSentry does otherwise; \`xdpsentry migrate -c portsentry.conf\` writes the YAML file that does
the same. [portsentry.md](portsentry.md) has its options, and four that are our own.

## The default rules

A file without \`rules\` has these; a file with \`rules\` has its own and none of these.

${defaultRuleText()}

## Examples

${configExamples.map(({ title, text }) => `### ${title}\n\n\`\`\`yaml\n${text.trim()}\n\`\`\``).join('\n\n')}
`;

if (import.meta.main) {
  const directory = process.argv[2] ?? join(import.meta.dirname, '../../docs');
  for (const [name, text] of Object.entries(generateConfigDocs()))
    writeIfChanged(join(directory, name), text);
}
