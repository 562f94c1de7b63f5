import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as addon from 'bpf-loader-native';

const contract = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8');
const classes = [...contract.matchAll(/^export class (\w+) \{\n(.*?)^\}/gms)];

test('everything that the contract declares is there, and nothing else is', () => {
  const declared = [...contract.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(addon).sort(), declared.sort());
  for (const [name, value] of Object.entries(addon)) assert.notEqual(value, undefined, name);
});

for (const [, name = '', body = ''] of classes) {
  test(`${name} has the methods of the contract, and no others`, () => {
    const methods = (prefix: string) =>
      [...body.matchAll(new RegExp(`^ {2}${prefix}(\\w+)\\(`, 'gm'))]
        .map(([, method]) => method)
        .filter((method) => method !== 'constructor');
    const type = (addon as unknown as Record<string, { prototype: object }>)[name];
    assert(type);
    const functions = (target: object) =>
      Object.entries(Object.getOwnPropertyDescriptors(target))
        .filter(([key, { value }]) => typeof value === 'function' && key !== 'constructor')
        .map(([key]) => key)
        .sort();
    assert.deepEqual(functions(type.prototype), methods('').sort());
    assert.deepEqual(functions(type), methods('static ').sort());
  });
}
