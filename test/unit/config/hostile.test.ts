import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describePolicy, policyToJson } from '../../../src/config/describe.ts';
import { parsePolicy } from '../../../src/config/load.ts';
import { SentryError } from '../../../src/errors.ts';

/**
 * What every text must come to: a policy that can be described, or an XS_ERR_CONFIG of lines with a position that
 * lies in the text. Answers which it was.
 */
function outcome(text: string): 'policy' | 'error' {
  try {
    const policy = parsePolicy(text, 'x.yaml');
    assert.ok(describePolicy(policy).length > 0);
    assert.ok(JSON.stringify(policyToJson(policy)).length > 0);
    return 'policy';
  } catch (error) {
    assert.ok(error instanceof SentryError, error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, 'XS_ERR_CONFIG');
    const lines = text.split('\n');
    for (const line of error.detail.replace(/\n\.\.\. and \d+ more$/, '').split('\n')) {
      const [, row, column] = /^x\.yaml:(\d+):(\d+): \S/.exec(line) ?? assert.fail(line);
      assert.ok(Number(row) >= 1 && Number(row) <= lines.length, line);
      assert.ok(Number(column) >= 1 && Number(column) <= lines[Number(row) - 1]!.length + 1, line);
    }
    return 'error';
  }
}

const keys = [
  'mode interface attach monitor tcp udp unused except probes ignore ipv6_source_prefix rules name kinds only',
  'distinct_ports window instant action block_for tables blocks sources metrics listen socket log format level',
  'served late_answers banner ignore_files protocol again responses hosts_deny entry file route command run undo first',
  'concurrency timeout portsentry style tcp_mode udp_mode history blocked resolve_host to',
].flatMap((line) => line.split(' '));

/** Values that are right somewhere, and some that are right nowhere. */
const scalar = fc.oneof(
  fc.constantFrom(
    'observe',
    'auto',
    'off',
    'any',
    'null',
    'syn',
    '1-1024',
    '22',
    '10m',
    'forever',
    '::/0',
    '/x',
    'a',
    'portsentry',
    'connect',
    'a $TARGET$',
    '1.2',
    'probe',
  ),
  fc.constantFrom(null, true, 0, -1, 64, 1024, 1.5, 1e300, Number.NaN, '', '\u202e\n', '__proto__'),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys, 'x'), tie('tree'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

test('any text is a policy or an error with a position', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void outcome(text)),
    { numRuns: 500 },
  );
});

test('so is any text of the characters that YAML is made of', () => {
  const piece = fc.constantFrom(
    ...':-?&*!|>%@`"\'#{}[],~ \n\t\r'.split(''),
    ': ',
    '- ',
    '\n  ',
    '---\n',
    ...keys,
    'x1',
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (each) => void outcome(each)),
    { numRuns: 3000 },
  );
});

test('so is any tree of our keys', () => {
  const seen = { policy: 0, error: 0 };
  const map = fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 6, noNullPrototype: true });
  fc.assert(
    fc.property(map, (each) => void seen[outcome(stringify(each))]++),
    { numRuns: 2000 },
  );
  assert.ok(seen.policy > 0 && seen.error > 0, JSON.stringify(seen));
});

test('so is any configuration that is damaged in one place', () => {
  const whole = stringify({
    mode: 'enforce',
    monitor: { tcp: { unused: '1-1024', except: [113] }, udp: 'off' },
    ignore: ['192.0.2.0/24', '2001:db8::/32'],
    rules: [{ name: 'scan', kinds: ['syn', 'null'], distinct_ports: 4, window: '60s', block_for: 'forever' }],
    metrics: { listen: '[::1]:9731' },
  });
  assert.equal(outcome(whole), 'policy');
  const damaged = fc
    .tuple(fc.nat(whole.length), fc.nat(4), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([at, cut, put]) => whole.slice(0, at) + put + whole.slice(at + cut));
  fc.assert(
    fc.property(damaged, (text) => void outcome(text)),
    { numRuns: 2000 },
  );
});
