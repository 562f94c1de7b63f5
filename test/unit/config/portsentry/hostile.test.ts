import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describePolicy, policyToJson } from '../../../../src/config/describe.ts';
import { parsePolicyWithNotes } from '../../../../src/config/load.ts';
import type { ReadOptions } from '../../../../src/config/portsentry/translate.ts';
import { SentryError } from '../../../../src/errors.ts';
import { modes, portsentryText } from './arbitrary.ts';
import { FILES } from './read.ts';

/** What every text must come to: a policy with notes that lie in the text, or an error with file and line. Answers which. */
function outcome(text: string, options: ReadOptions): 'policy' | 'error' {
  const lines = text.split('\n').length;
  try {
    const { policy, notes } = parsePolicyWithNotes(text, 'x.conf', options);
    assert.ok(describePolicy(policy).every((line) => line !== '' && !/[\n\r]/.test(line)));
    assert.ok(JSON.stringify(policyToJson(policy)).length > 0);
    for (const note of notes) {
      assert.ok(note.line >= 0 && note.line <= lines, JSON.stringify(note));
      assert.match(note.text, /^[^\n\r]+$/);
    }
    return 'policy';
  } catch (error) {
    assert.ok(error instanceof SentryError, error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, 'XS_ERR_CONFIG', error.detail);
    const [, line] = /^x\.conf:(\d+):[^\n]/.exec(error.detail) ?? assert.fail(error.detail);
    assert.ok(Number(line) >= 1 && Number(line) <= lines, error.detail);
    return 'error';
  }
}

test('any bytes are a policy or an error with a line', () => {
  const text = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(text, modes, (each, named) => {
      outcome(each, {});
      outcome(`TCP_PORTS="1"\n${each}`, { modes: named });
    }),
    { numRuns: 1000 },
  );
});

test('so are settings of any kind in any order', () => {
  const seen = { policy: 0, error: 0 };
  fc.assert(
    fc.property(portsentryText, modes, (text, named) => void seen[outcome(text, { modes: named })]++),
    { numRuns: 2000 },
  );
  assert.ok(seen.policy > 0 && seen.error > 0, JSON.stringify(seen));
});

const WHOLE = `# PortSentry
TCP_PORTS="1,11,15,79"
UDP_PORTS="1,7,9"
ADVANCED_PORTS_TCP="1024"
ADVANCED_EXCLUDE_TCP="113,139"
BLOCK_UDP="0"
BLOCK_TCP="1"
KILL_ROUTE="/sbin/route add -host $TARGET$ reject"
KILL_HOSTS_DENY="ALL: $TARGET$ : DENY"
RESOLVE_HOST = "0"
SCAN_TRIGGER="0"
${FILES}
`;

test('so is any portsentry.conf that is damaged in one place', () => {
  assert.equal(outcome(WHOLE, {}), 'policy');
  const damaged = fc
    .tuple(fc.nat(WHOLE.length), fc.nat(4), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([at, cut, put]) => WHOLE.slice(0, at) + put + WHOLE.slice(at + cut));
  fc.assert(
    fc.property(damaged, modes, (text, named) => void outcome(text, { modes: named })),
    { numRuns: 2000 },
  );
});

test('so is one whose lines are taken away, doubled and moved', () => {
  const lines = WHOLE.split('\n');
  const some = fc
    .array(fc.nat(lines.length - 1), { minLength: 1, maxLength: 30 })
    .map((indices) => indices.map((index) => lines[index]).join('\n'));
  const seen = { policy: 0, error: 0 };
  fc.assert(
    fc.property(
      some,
      modes,
      (text, named) => void seen[outcome(`TCP_PORTS="1"\n${text}`, { modes: named })]++,
    ),
    { numRuns: 1000 },
  );
  assert.ok(seen.policy > 0, JSON.stringify(seen));
});

const styles = fc.constantFrom('1.2', '2', undefined);
const optionsOf = (style: ReadOptions['style'], named: ReadOptions['modes']): ReadOptions =>
  named ? { modes: named } : { style };

/** A policy and its notes, as values that can be compared; undefined for a text that is an error. */
function reading(text: string, options: ReadOptions) {
  try {
    const { policy, notes } = parsePolicyWithNotes(text, 'x.conf', options);
    return { policy: policyToJson(policy), notes };
  } catch (error) {
    assert.ok(error instanceof SentryError, String(error));
    return undefined;
  }
}

test('an option that neither PortSentry has is told of by name and line, wherever it stands, and changes nothing', () => {
  const key = fc.stringMatching(/^ZZ[A-Z_]{0,30}$/);
  let compared = 0;
  fc.assert(
    fc.property(portsentryText, key, fc.nat(), styles, modes, (text, name, which, style, named) => {
      const options = optionsOf(style, named);
      const before = reading(text, options);
      if (!before) return;
      compared++;
      const lines = text.split('\n');
      const at = which % (lines.length + 1);
      const after = reading(lines.toSpliced(at, 0, `${name}="1"`).join('\n'), options);
      assert.deepEqual(after?.policy, before.policy);
      const told = after!.notes.filter((note) => note.kind === 'warning' && note.line === at + 1);
      assert.ok(
        told.some((note) => note.text.startsWith(`"${name}" is no option`)),
        JSON.stringify(after!.notes),
      );
      assert.equal(after!.notes.length, before.notes.length + 1);
    }),
    { numRuns: 1000 },
  );
  assert.ok(compared > 500, `${compared} of 1000 were policies`);
});

test('every line that says something counts or has a note; lines that say nothing move nothing but line numbers', () => {
  fc.assert(
    fc.property(portsentryText, styles, modes, (text, style, named) => {
      const options = optionsOf(style, named);
      const before = reading(text, options);
      if (!before) return;
      const noted = new Set(before.notes.map((note) => note.line));
      const lines = text.split('\n');
      for (const [index, line] of lines.entries()) {
        if (/^[ \t]*(#|\r?$)/.test(line) || noted.has(index + 1)) continue;
        assert.match(line, /^[A-Z_]+([ \t]*=)?[ \t]*"/, `${line} has no note`);
      }
      const spread = lines.map((line) => `# a comment\n\n${line}`).join('\n');
      const after = reading(spread, options);
      assert.deepEqual(after?.policy, before.policy);
      const moved = before.notes.map((note) => ({ ...note, line: note.line * 3 }));
      const withoutLines = ({ text: words }: { text: string }) => words.replaceAll(/line \d+/g, 'line');
      assert.deepEqual(
        after!.notes.map((note) => [note.line, withoutLines(note)]),
        moved.map((note) => [note.line, withoutLines(note)]),
      );
    }),
    { numRuns: 1000 },
  );
});

for (const [says, text] of [
  ['ports', `TCP_PORTS="${'1,'.repeat(500_000)}"`],
  ['ranges', `TCP_PORTS="${'1-9,'.repeat(250_000)}"`],
  ['wrong ports', `TCP_PORTS="1,${'x,'.repeat(500_000)}"`],
  ['lines', `TCP_PORTS="1"\n${'a\n'.repeat(500_000)}`],
  ['one key', `TCP_PORTS="1"\n${'A'.repeat(1_000_000)}="1"`],
  ['blanks', `TCP_PORTS="1"\nBLOCK_TCP${' '.repeat(1_000_000)}`],
  ['colons', `TCP_PORTS="1"\n${'a:'.repeat(500_000)}`],
] as const) {
  test(`a mebibyte of ${says} is read in a moment`, { timeout: 10_000 }, () => {
    assert.equal(outcome(text, { style: '2' }), 'policy');
  });
}
