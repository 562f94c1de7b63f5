import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Edit, editLines } from '../../../../src/respond/responses/edit-lines.ts';

const add = (line: string): Edit => ({ add: true, line });
const remove = (line: string): Edit => ({ add: false, line });

/** The same, one edit at a time and taken literally. */
function naively(text: string, edits: readonly Edit[]) {
  let lines = text.replace(/\n$/, '').split('\n');
  if (text === '') lines = [];
  const changed = edits.map(({ add, line }) => {
    if (lines.includes(line) === add) return false;
    lines = add ? [...lines, line] : lines.filter((other) => other !== line);
    return true;
  });
  return { lines, changed };
}

describe('editing lines', () => {
  for (const [says, text, edits, edited, changed] of [
    ['adds at the end', '# mine\n', [add('a')], '# mine\na\n', [true]],
    ['begins an empty file', '', [add('a')], 'a\n', [true]],
    ['ends a last line that has no newline', '# mine', [add('a')], '# mine\na\n', [true]],
    ['adds no line twice', 'a\nb\n', [add('a'), add('c'), add('c')], 'a\nb\nc\n', [false, true, false]],
    ['leaves all as it is where nothing changes', 'a\nb', [add('b'), remove('c')], 'a\nb', [false, false]],
    ['takes away every such line', 'a\nb\na\n', [remove('a')], 'b\n', [true]],
    [
      'takes away no line that only holds it',
      'ba\n a\na \n#a\na\r\n',
      [remove('a')],
      'ba\n a\na \n#a\na\r\n',
      [false],
    ],
    ['keeps empty lines', '\n\na\n\n', [remove('a'), add('b')], '\n\n\nb\n', [true, true]],
    ['takes away what it has just added', 'a\n', [add('b'), remove('b')], 'a\n', [true, true]],
    ['adds again what it took away', 'a\nb\n', [remove('a'), add('a')], 'b\na\n', [true, true]],
    ['keeps bytes of any encoding', 'caf\xe9\n', [add('é')], 'caf\xe9\n\xc3\xa9\n', [true]],
    ['knows a line of its own again in UTF-8', '\xc3\xa9\n', [add('é'), remove('é')], '', [false, true]],
  ] as const) {
    test(says, () => assert.deepEqual(editLines(text, edits), { text: edited, changed }));
  }

  test('is the same as making the edits one by one', () => {
    const line = fc.constantFrom('a', 'b', 'ALL: 198.51.100.66 : DENY', ' a', 'c');
    const edits = fc.array(fc.record({ add: fc.boolean(), line }), { maxLength: 30 });
    const texts = fc
      .array(line, { maxLength: 10 })
      .chain((lines) => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`));
    fc.assert(
      fc.property(texts, edits, (text, wanted) => {
        const edited = editLines(text, wanted);
        const { lines, changed } = naively(text, wanted);
        assert.deepEqual(edited.changed, changed);
        if (!changed.includes(true)) assert.equal(edited.text, text);
        assert.deepEqual(edited.text.replace(/\n$/, ''), lines.join('\n'));
      }),
      { numRuns: 3000 },
    );
  });
});
