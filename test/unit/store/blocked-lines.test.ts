import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { blockedText } from '../../../src/store/blocked-text.ts';
import { historyLine, readHistoryLine } from '../../../src/store/history-line.ts';
import { anyHost, hostOf } from './hosts.ts';

const NAMED = '2001:db8::1';
const named = historyLine(hostOf(NAMED));

describe('a line is of a source', () => {
  const cases: [what: string, line: string, isOf: boolean][] = [
    ['as the sentry writes it', named, true],
    ['with a carriage return', `${named}\r`, true],
    ['with another spelling', named.replaceAll(NAMED, '2001:DB8:0:0::1'), true],
    ['with another name', named.replace(`${NAMED}/`, 'a/b.example/'), true],
    ['only in the name', historyLine({ ...hostOf('192.0.2.1'), name: NAMED }), false],
    ['with something behind', `${named} # keep`, false],
    ['with something before', `# ${named}`, false],
    ['with a port that cannot be', named.replace('Port: 11 ', 'Port: 70000 '), false],
    ['and nothing else', NAMED, false],
    ['of a longer address', named.replaceAll(NAMED, `${NAMED}1`), false],
    ['that is empty', '', false],
  ];
  for (const [what, line, isOf] of cases) {
    test(`${what}: ${isOf ? 'yes' : 'no'}`, () => {
      assert.equal(blockedText.isOfOneOf(Buffer.from(`${line}\n`), new Set([NAMED])), isOf);
    });
  }
});

test('whatever is done to a line, it is of the source that it is read as', () => {
  const pieces = fc.constantFrom('/', ':', ' Port: ', ' ', '::', '0', 'A', '\r', '192.0.2.1', ' Host: ');
  const edit = fc.tuple(fc.nat(90), fc.nat(3), pieces);
  fc.assert(
    fc.property(anyHost, fc.array(edit, { maxLength: 2 }), (host, edits) => {
      let line = historyLine(host);
      for (const [at, length, piece] of edits) line = line.slice(0, at) + piece + line.slice(at + length);
      const read = readHistoryLine(line.trimEnd())?.address;
      const isOf = (address: string) => blockedText.isOfOneOf(Buffer.from(line), new Set([address]));
      if (read !== undefined) assert.ok(isOf(read), line);
      assert.equal(isOf(host.address), read === host.address, line);
      assert.equal(isOf('203.0.113.250'), read === '203.0.113.250', line);
    }),
    { numRuns: 2000 },
  );
});
