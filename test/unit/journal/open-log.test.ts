import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { type OpenLogParts, openLog } from '../../../src/journal/open-log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xdpsentry-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(log: string, more = '', parts: Partial<OpenLogParts> = {}) {
  const printed: string[] = [];
  const scanned: string[] = [];
  const complaints: string[] = [];
  const opened = openLog({
    policy: parsePolicy(`log: ${log}\n${more}`, 'test.yaml'),
    write: (text) => printed.push(text),
    lookUp: undefined,
    onScanLine: (line) => scanned.push(line),
    complain: (text) => complaints.push(text),
    ...parts,
  });
  return { log: opened, printed, scanned, complaints };
}
const path = (name: string) => join(directory, name);
const linesOf = (name: string) => readFileSync(path(name), 'utf8').split('\n').slice(0, -1);
const STYLE = (style: string) => `portsentry: { style: "${style}", tcp_mode: stealth, udp_mode: stealth }`;
const PROBE = {
  event: 'probe',
  fate: 'ignored',
  address: '198.51.100.66',
  protocol: 'tcp',
  port: 22,
  kind: 'syn',
  tcpFlags: 2,
  ipOptions: false,
} as const;

describe('the log', () => {
  test('goes to every place that is named, the same to each', async () => {
    const { log, printed, complaints } = open(
      `{ format: json, to: [stdout, "${path('a')}", "${path('b')}"] }`,
    );
    log.tell({ event: 'warning', text: 'one' });
    log.tell({ event: 'warning', text: 'two' });
    await log.close();
    assert.deepEqual(
      linesOf('a').map((line) => JSON.parse(line).text),
      ['one', 'two'],
    );
    assert.deepEqual(linesOf('b'), linesOf('a'));
    assert.equal(printed.join(''), readFileSync(path('a'), 'utf8'));
    assert.deepEqual([log.lost, complaints], [0, []]);
  });

  test('counts the lines that one place does not take, and goes on with the others', async () => {
    const { log, printed, complaints } = open(`{ to: [stdout, "${path('no/such/file')}"] }`);
    for (const text of ['one', 'two']) log.tell({ event: 'warning', text });
    await log.close();
    assert.equal(printed.length, 2);
    assert.equal(log.lost, 2);
    assert.match(complaints.join(), /no\/such\/file/);
  });

  test('tells, when it closes, what it has held back', async () => {
    const { log, printed } = open('{ to: [stdout] }');
    for (let count = 0; count < 101; count++) log.tell({ event: 'warning', text: 'again' });
    await log.close();
    assert.equal(printed.length, 101);
    assert.match(printed.at(-1)!, /1 more lines/);
  });

  test('in PortSentry’s words waits for names before it closes', async () => {
    let answer: (name: string) => void = () => assert.fail('nobody asked');
    const lookUp = () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      });
    const { log, printed } = open('{ format: portsentry, to: [stdout] }', STYLE('2'), { lookUp });
    log.tell(PROBE);
    let isClosed = false;
    const closed = log.close().then(() => {
      isClosed = true;
    });
    await new Promise(setImmediate);
    assert.equal(isClosed, false);
    assert.deepEqual(printed, []);
    answer('scanner.example');
    await closed;
    assert.match(printed.join(), /^Scan from: \[198\.51\.100\.66\] \(scanner\.example\) .*\n$/);
  });

  test('hands the lines of probes, and no others, to the history of style 2', async () => {
    const { log, printed, scanned } = open('{ format: portsentry, to: [stdout] }', STYLE('2'));
    log.tell({ event: 'warning', text: 'not this one' });
    log.tell(PROBE);
    await log.close();
    assert.equal(printed.length, 2);
    assert.deepEqual(scanned, [printed[1]!.trimEnd()]);
  });

  test('opens nothing before the first line', async () => {
    const { log } = open(`{ to: ["${path('a')}"] }`);
    await log.close();
    assert.throws(() => linesOf('a'), { code: 'ENOENT' });
  });
});
