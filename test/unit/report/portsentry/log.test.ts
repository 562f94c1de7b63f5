/** Names come late, lines do not change places, and nobody is asked for names that are not wanted. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SentryEvent } from '../../../../src/report/event.ts';
import { portsentryLog } from '../../../../src/report/portsentry/log.ts';
import { alertOf, contextOf, SYN } from './context.ts';

type LookUp = (address: string) => Promise<string>;

function makeLog(style: '1.2' | '2', lookUp?: LookUp) {
  const { policy, portsentry } = contextOf({ style, tcp: 'atcp', udp: 'audp' });
  const lines: string[] = [];
  const scanned: string[] = [];
  const log = portsentryLog({
    policy,
    portsentry,
    lookUp,
    write: (line, severity) => lines.push(`${severity} ${line}`),
    onLines: (event, its) => scanned.push(...its.map((line) => `${event.event}: ${line}`)),
  });
  return { log, lines, scanned };
}

/** Names that come when the test gives them. */
function makeNames() {
  const asked: string[] = [];
  const answers: ((name: string) => void)[] = [];
  const lookUp: LookUp = (address) => {
    asked.push(address);
    return new Promise((resolve) => answers.push(resolve));
  };
  return { asked, answers, lookUp };
}

const connectFrom = (host: string, address = host) =>
  `notice attackalert: TCP SYN/Normal scan from host: ${host}/${address} to TCP port: 22`;
const at = (address: string): SentryEvent => alertOf({ address, source: address });

describe('without names', () => {
  test('lines are written at once, all of them as notices in style 1.2', () => {
    const { log, lines } = makeLog('1.2');
    log.tell(at('198.51.100.66'));
    log.tell({ event: 'warning', text: 'the disk is full' });
    assert.deepEqual(lines, [connectFrom('198.51.100.66'), 'notice adminalert: the disk is full']);
    assert.equal(log.settled, undefined);
  });
});

describe('with names', () => {
  test('lines wait for theirs and for each other', async () => {
    const { asked, answers, lookUp } = makeNames();
    const { log, lines } = makeLog('1.2', lookUp);
    for (const last of [1, 2, 3]) log.tell(at(`192.0.2.${last}`));
    log.tell({ event: 'warning', text: 'in between' });
    assert.deepEqual(asked, ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 'several at once');
    answers[2]!('c.example');
    answers[1]!('192.0.2.2');
    await new Promise(setImmediate);
    assert.deepEqual(lines, []);
    answers[0]!('a.example');
    await log.settled?.();
    assert.deepEqual(lines, [
      connectFrom('a.example', '192.0.2.1'),
      connectFrom('192.0.2.2'),
      connectFrom('c.example', '192.0.2.3'),
      'notice adminalert: in between',
    ]);
  });

  test('nobody is asked for events without an address', async () => {
    const { asked, lookUp } = makeNames();
    const { log, lines } = makeLog('1.2', lookUp);
    log.tell({ event: 'starting', version: '1' });
    log.tell({ event: 'unblocked', source: '198.51.100.66', cause: 'lifted' });
    await log.settled?.();
    assert.equal(lines.length, 2);
    assert.deepEqual(asked, []);
  });

  test('settled waits for what was told before it, also for what was held back', async () => {
    const { answers, lookUp } = makeNames();
    const { log, lines } = makeLog('1.2', lookUp);
    for (let count = 0; count < 502; count++) log.tell(at('192.0.2.1'));
    log.flush();
    const settled = log.settled!();
    assert.equal(answers.length, 500, 'no names are asked for what is held back');
    for (const answer of answers) answer('a.example');
    await settled;
    assert.equal(lines.length, 501);
    assert.match(lines.at(-1)!, /2 more lines within 1 s were held back/);
  });
});

describe('lines for the history', () => {
  test('are handed over with their event, as they are logged', () => {
    const { log, lines, scanned } = makeLog('2');
    log.tell({ event: 'probe', fate: 'blocked', ...SYN });
    assert.match(lines.join(), /^notice Scan from: /);
    assert.deepEqual(scanned, [lines[0]!.replace('notice', 'probe:')]);
  });

  test('that are held back in the log are not in the history either', () => {
    const { log, lines, scanned } = makeLog('2');
    for (let count = 0; count < 510; count++) log.tell({ event: 'probe', fate: 'blocked', ...SYN });
    log.flush();
    assert.equal(scanned.filter((line) => line.startsWith('probe')).length, 500);
    assert.match(lines.at(-1)!, /10 more lines/);
  });
});
