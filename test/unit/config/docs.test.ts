import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { generateConfigDocs } from '../../../scripts/gen/config-docs.ts';
import { defaultRules } from '../../../src/config/default-rules.ts';
import { policyToJson } from '../../../src/config/describe.ts';
import { defaultPolicy, parsePolicy } from '../../../src/config/load.ts';
import { isPossible } from '../../../src/kernel/names.ts';
import { complaints } from './bad.ts';

const docs = join(import.meta.dirname, '../../../docs');
const read = (name: string): string => readFileSync(join(docs, name), 'utf8');

type Schema = {
  description?: string;
  type?: string;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
};

/** Every option of the JSON Schema, with its path; `[]` stands for each entry of a list. */
function options(
  schema: Schema,
  path: readonly string[] = [],
): { path: readonly string[]; schema: Schema }[] {
  const inside = [schema, ...(schema.anyOf ?? [])].flatMap(({ properties }) =>
    Object.entries(properties ?? {}),
  );
  const here = inside.flatMap(([key, below]) => [
    { path: [...path, key], schema: below },
    ...options(below, [...path, key]),
  ]);
  return schema.items ? [...here, ...options(schema.items, [...path, '[]'])] : here;
}

const root = JSON.parse(read('config.schema.json')) as Schema;
const all = options(root);

/** What an option needs beside it, by the path of the map that it is in. */
const company: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'responses.hosts_deny': { entry: 'ALL: $TARGET$' },
  'responses.route': { run: 'true $TARGET$' },
  'responses.command': { run: 'true' },
};

/** What an item of a list of maps needs besides the option `key`, by the path of the list. */
const itemCompany: Readonly<Record<string, (key: string | undefined) => object>> = {
  rules: (key) => ({
    name: 'a',
    ...(key !== 'instant' && { probes: 1 }),
    ...(key === 'distinct_sources' && { per: 'network' }),
  }),
  'research.own': () => ({ name: 'a' }),
  lists: (key) => ({
    name: 'a',
    ...(key === 'url' || key === 'refresh' ? { url: 'http://a' } : { file: '/a' }),
  }),
};

/** A file with the map at `path` alone, `undefined` left out; an item of a list gets what it needs besides. */
function fileWith(path: readonly string[], value: unknown): string {
  const at = path.indexOf('[]');
  const list = path.slice(0, Math.max(at, 0));
  const inItem = at > 0 && at + 1 < path.length ? itemCompany[list.join('.')] : undefined;
  const own = (inItem ? path.slice(at + 1) : path).reduceRight<unknown>(
    (inner, key, index) => ({
      ...company[path.slice(0, index).join('.')],
      ...(inner !== undefined && { [key]: inner }),
    }),
    value,
  ) as object;
  const style = path.join('.') === 'log.format' ? { portsentry: {} } : {};
  if (!inItem) return stringify({ ...own, ...style });
  const items: unknown = [{ ...inItem(path.at(-1)), ...own }];
  return stringify(list.reduceRight((inner, key) => ({ [key]: inner }), items));
}

/** Options that must be there when the map around them is. */
const required = new Set(['name', 'entry', 'run']);

for (const [name, text] of Object.entries(generateConfigDocs())) {
  test(`docs/${name} is what the generator makes (else: make gen)`, () => assert.equal(read(name), text));
}

describe('docs/config.md', () => {
  const page = read('config.md');
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1]!);

  test('holds the default rules and both examples', () =>
    assert.equal(examples.length, defaultRules.length + 2));
  test('the careful example blocks nobody for UDP', () => {
    const careful = examples.find((text) => text.includes('A datagram is easily forged'))!;
    const blocking = parsePolicy(careful, 'docs/config.md').rules.filter(
      ({ action }) => action.udp === 'block',
    );
    assert.deepEqual(
      blocking.filter(
        ({ protocol, kinds }) =>
          protocol !== 'tcp' && [...kinds].some((kind) => isPossible('udp', kind as 'udp')),
      ),
      [],
    );
    assert.ok(blocking.length > 0);
  });
  examples.forEach((text, index) => {
    test(`example ${index + 1} is a configuration`, () => void parsePolicy(text, 'docs/config.md'));
  });
  test('its default rules are the default rules', () => {
    const documented = examples
      .slice(0, defaultRules.length)
      .flatMap((text) => policyToJson(parsePolicy(text, '')).rules);
    assert.deepEqual(documented, policyToJson(defaultPolicy()).rules);
  });
  test('its error message is the one that the file would get', () => {
    const quoted = /^xdpsentry\.yaml:(.*)$/m.exec(page)?.[1];
    const text = '# 1\n# 2\n# 3\nrules:\n  - name: scan\n    distinct_ports: 3\n    window: 5 minutes\n';
    assert.deepEqual(complaints(text), [quoted]);
  });
  test('has a row for every option', () => {
    for (const { path } of all) {
      const key = path.join('.').replaceAll('.[]', '[]');
      assert.ok(page.includes(`| \`${key}\` `), `${key} has no row`);
    }
  });
});

describe('docs/config.schema.json', () => {
  test('is of draft 2020-12', () => {
    assert.equal((root as { $schema?: string }).$schema, 'https://json-schema.org/draft/2020-12/schema');
  });
  test('takes no unknown key anywhere', () => {
    const maps = [
      root,
      ...all.flatMap(({ schema }) => [schema, ...(schema.anyOf ?? []), schema.items ?? {}]),
    ];
    const open = maps.filter((schema) => schema.properties && schema.additionalProperties !== false);
    assert.deepEqual(open, []);
    assert.ok(maps.some((schema) => schema !== root && schema.properties));
  });
  for (const { path, schema } of all) {
    test(`${path.join('.')} says what it is, what is allowed, and what holds without it`, () => {
      assert.match(schema.description ?? '', /^\S.*\. Allowed: .+\.$/);
      const isOptional =
        schema.default !== undefined || /without it|without `only`|Goes without/.test(schema.description!);
      assert.ok(isOptional || required.has(path.at(-1)!));
    });
    for (const value of [
      ...(schema.examples ?? []),
      ...(schema.default === undefined ? [] : [schema.default]),
    ]) {
      test(`${path.join('.')} takes its example ${JSON.stringify(value).slice(0, 50)}`, () => {
        void parsePolicy(fileWith(path, value), 'example');
      });
    }
    if (schema.default === undefined) continue;
    test(`${path.join('.')}: the default is what a file without it gets`, () => {
      const without = fileWith(path, undefined);
      const asked = (text: string) => policyToJson(parsePolicy(text, ''));
      assert.deepEqual(asked(fileWith(path, schema.default)), asked(without));
    });
  }
});
