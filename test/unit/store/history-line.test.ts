import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { historyLine, readHistoryLine, scanHistoryLine } from '../../../src/store/history-line.ts';
import { AT_MS, anyHost, hostOf } from './hosts.ts';

const MODULE = new URL('../../../src/store/history-line.ts', import.meta.url).href;

/** Runs in a process of its own, because the time zone of one is fixed. */
function inZone(zone: string, expression: string): string {
  const code = `import { historyLine, scanHistoryLine } from '${MODULE}'; process.stdout.write(${expression});`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, TZ: zone },
    encoding: 'utf8',
  });
}

describe('the line of version 1.2', () => {
  const host = { address: '10.9.8.6', name: '10.9.8.6', atMs: 1_795_292_909_999, port: 11, protocol: 'tcp' };
  for (const [zone, date] of [
    ['UTC', '11/21/2026 20:28:29'],
    ['Europe/Paris', '11/21/2026 21:28:29'],
    ['Asia/Kolkata', '11/22/2026 01:58:29'],
  ] as const) {
    test(`in ${zone}`, () => {
      assert.equal(
        inZone(zone, `historyLine(${JSON.stringify(host)})`),
        `1795292909 - ${date} Host: 10.9.8.6/10.9.8.6 Port: 11 TCP Blocked`,
      );
    });
  }
  test('is padded with zeros', () => {
    const early = { ...host, atMs: Date.UTC(2003, 4, 3, 1, 2, 3), port: 0, protocol: 'udp' };
    assert.equal(
      inZone('UTC', `historyLine(${JSON.stringify(early)})`),
      '1051923723 - 05/03/2003 01:02:03 Host: 10.9.8.6/10.9.8.6 Port: 0 UDP Blocked',
    );
  });
  test('has the name before the address, and no name that would make another line', () => {
    assert.match(historyLine(hostOf('192.0.2.1', { name: 'a.example' })), / Host: a\.example\/192\.0\.2\.1 /);
    for (const name of ['', 'a b', 'a/192.0.2.9', 'a\nb', '\u001b[2J', 'bücher.example']) {
      assert.match(historyLine(hostOf('192.0.2.1', { name })), / Host: 192\.0\.2\.1\/192\.0\.2\.1 /, name);
    }
  });
});

describe('the line of version 2', () => {
  for (const [zone, stamp] of [
    ['UTC', '2026-11-21T20:28:29.007+0000'],
    ['Europe/Paris', '2026-11-21T21:28:29.007+0100'],
    ['America/St_Johns', '2026-11-21T16:58:29.007-0330'],
  ] as const) {
    test(`in ${zone}`, () => {
      assert.equal(
        inZone(zone, `scanHistoryLine(1795292909007, 'Scan from: [x]')`),
        `${stamp} Scan from: [x]`,
      );
    });
  }
});

test('reading gives back what was written', () => {
  fc.assert(
    fc.property(anyHost, (host) => {
      assert.deepEqual(readHistoryLine(historyLine(host)), host);
    }),
  );
});

test('no part of a line is a line', () => {
  const line = historyLine(hostOf('192.0.2.1', { name: 'a.example' }));
  for (let length = 0; length < line.length; length++) {
    assert.equal(readHistoryLine(line.slice(0, length)), undefined, line.slice(0, length));
  }
});

describe('what is none', () => {
  const [start, end] = ['1795292909 - 11/21/2026 20:28:29 Host: ', ' Port: 11 TCP Blocked'];
  for (const [why, text] of [
    ['no address', `${start}a/b${end}`],
    ['an address that cannot be', `${start}a/1.2.3.400${end}`],
    ['a network', `${start}a/10.0.0.0/8${end}`],
    ['a port that cannot be', `${start}a/10.9.8.6 Port: 65536 TCP Blocked`],
    ['another protocol', `${start}a/10.9.8.6 Port: 11 ICMP Blocked`],
    ['a comment', '# blocked by hand'],
    ['something behind', `${start}a/10.9.8.6${end} x`],
  ] as const) {
    test(why, () => assert.equal(readHistoryLine(text), undefined));
  }
});

test("fail2ban's stock filter finds the address in each line", () => {
  // filter.d/portsentry.conf: failregex = \/<HOST> Port\: [0-9]+ (TCP|UDP) Blocked$, after the date was taken off.
  const failregex = /\/(?:::f{4,6}:)?(?<host>[\w.:]+) Port: [0-9]+ (TCP|UDP) Blocked$/;
  const datepattern = /^\d+/; // Epoch
  fc.assert(
    fc.property(anyHost, (host) => {
      const line = historyLine(host);
      assert.equal(Number(datepattern.exec(line)?.[0]), host.atMs / 1000);
      assert.equal(failregex.exec(line)?.groups?.['host'], host.address);
    }),
  );
});

test("PortSentry's own filter for 1.2 finds a host, too", () => {
  const filter = /^\d* - \d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2} Host: ([\w.:-]+)/;
  assert.equal(filter.exec(historyLine(hostOf('192.0.2.1', { atMs: AT_MS })))?.[1], '192.0.2.1');
});

test('dates of version 2 are dates', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (atMs) => {
      const [stamp] = scanHistoryLine(atMs, 'x').split(' ');
      assert.match(stamp!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/);
      assert.equal(Date.parse(stamp!.replace(/(\d\d)(\d\d)$/, '$1:$2')), atMs);
    }),
  );
});
