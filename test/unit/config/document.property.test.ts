/** What holds of every right configuration, however it is written, and of what one wrong word makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Document, isMap, isScalar, type ToStringOptions, visit } from 'yaml';
import { policyToJson } from '../../../src/config/describe.ts';
import { parsePolicy } from '../../../src/config/load.ts';
import { configs, leavesIn, mapsIn, type Path } from './arbitrary.ts';
import { refusal } from './bad.ts';

const toText = (document: Document, options: ToStringOptions = {}) =>
  document.toString({ lineWidth: 0, ...options });
const policyOf = (text: string) => policyToJson(parsePolicy(text, 'x.yaml'));

test('a configuration means the same however it is written: block or flow, quotes, comments, order of the keys', () => {
  fc.assert(
    fc.property(configs, fc.boolean(), fc.nat(), (config, isFlow, turn) => {
      const plain = new Document(config);
      const other = new Document(config);
      visit(other, {
        Map(_, map) {
          map.flow = isFlow;
          const by = turn % (map.items.length + 1);
          map.items = [...map.items.slice(by), ...map.items.slice(0, by)];
        },
        Scalar(key, scalar) {
          if (typeof scalar.value === 'string' && key !== 'key') scalar.type = 'QUOTE_DOUBLE';
        },
      });
      const text = `\uFEFF# a comment\n${toText(other, { flowCollectionPadding: turn % 2 === 0 })}# the end\n`;
      assert.deepEqual(policyOf(text), policyOf(toText(plain)), text);
    }),
    { numRuns: 500 },
  );
});

const pickFrom = <T>(all: readonly T[], which: number): T => all[which % all.length]!;

test('a key that no option has is told of by name, line and column, wherever it stands', () => {
  const key = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'Mode', 'x', '<<', '1', 'null'),
    fc.stringMatching(/^zz[a-z_-]{0,30}$/),
  );
  fc.assert(
    fc.property(configs, key, fc.nat(), (config, name, which) => {
      const at = pickFrom(mapsIn(config), which);
      const document = new Document(config);
      const map = document.getIn(at);
      assert.ok(isMap(map));
      map.items.push(document.createPair(name, 1));
      const text = toText(document);
      const message = refusal(() => parsePolicy(text, 'x.yaml')).detail;
      const line = message
        .split('\n')
        .find((each) => each.includes(`there is no option ${JSON.stringify(name)}`));
      assert.ok(line, `${message}\n${text}`);
      const [, position] = /^x\.yaml:(\d+:\d+): /.exec(line) ?? [];
      const [row, column] = position!.split(':').map(Number);
      const there = text.split('\n')[row! - 1]!.slice(column! - 1);
      assert.ok(there.startsWith(name) || there.startsWith(JSON.stringify(name)), `${line}\n${text}`);
    }),
    { numRuns: 1000 },
  );
});

/** `rules[0].window` */
const wordsOf = (path: Path) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');

test('a value that is none is told of where it stands, or where the option begins that it is part of', () => {
  const wrong = fc.constantFrom('\u0001', { no: { such: 'thing' } }, [[['x']]], -7.5);
  fc.assert(
    fc.property(configs, wrong, fc.nat(), (config, value, which) => {
      const leaves = leavesIn(config);
      fc.pre(leaves.length > 0 && leaves[0]!.length > 0);
      const at = pickFrom(leaves, which);
      fc.pre(at.at(-1) !== 'banner'); // which may be any text
      const document = new Document(config);
      document.setIn(at, document.createNode(value));
      const text = toText(document);
      const lines = refusal(() => parsePolicy(text, 'x.yaml')).detail.split('\n');
      const places = lines.map((line) => /^x\.yaml:(\d+:\d+): ([^ ]*): \S/.exec(line) ?? assert.fail(line));
      assert.ok(
        places.some(([, , option]) => wordsOf(at).startsWith(option!) || option!.startsWith(wordsOf(at))),
        `${wordsOf(at)} is in none of\n${lines.join('\n')}\n${text}`,
      );
    }),
    { numRuns: 1000 },
  );
});

test('an option that is there twice brings one complaint, whatever the option', () => {
  fc.assert(
    fc.property(configs, fc.nat(), (config, which) => {
      const keys = mapsIn(config).flatMap((at) => {
        const map = at.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], config);
        return Object.keys(map as object).map((key) => [...at, key]);
      });
      fc.pre(keys.length > 0);
      const at = pickFrom(keys, which);
      const document = new Document(config);
      const map = document.getIn(at.slice(0, -1));
      assert.ok(isMap(map));
      const pair = map.items.find(({ key }) => isScalar(key) && key.value === at.at(-1))!;
      map.items.push(pair);
      const text = toText(document);
      const lines = refusal(() => parsePolicy(text, 'x.yaml')).detail.split('\n');
      assert.equal(lines.length, 1, `${lines.join('\n')}\n${text}`);
      assert.match(lines[0]!, /: is there twice; keep one of them$/);
    }),
    { numRuns: 500 },
  );
});
