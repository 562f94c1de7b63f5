import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SentryEvent } from '../../../src/report/event.ts';
import { makeLog } from '../../../src/report/log.ts';

const ALERT: SentryEvent = {
  event: 'alert',
  rule: 'scan',
  source: '198.51.100.66',
  destination: '198.51.100.1',
  probes: 4,
  total: 4,
  ports: '1-3/tcp,53/udp',
  hosts: 1,
  kinds: ['syn', 'udp'],
  untold: 0,
  action: 'would_block',
  by: 'controller',
  address: '198.51.100.66',
  protocol: 'tcp',
  port: 3,
  kind: 'syn',
  tcpFlags: 2,
  ipOptions: false,
};

function linesOf(format: 'human' | 'json', tell: (log: ReturnType<typeof makeLog>) => void): string[] {
  const lines: string[] = [];
  const log = makeLog({ format, level: 'info' }, (line) => lines.push(line));
  tell(log);
  log.flush();
  return lines;
}

test('an alert in words', () => {
  const [line] = linesOf('human', (log) => log.tell(ALERT));
  assert.match(
    line!,
    /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}alert scan: 198\.51\.100\.66 sent 4 probes \(syn, udp\) to 198\.51\.100\.1, ports 1-3\/tcp,53\/udp \(observing: not blocked\)$/,
  );
});

test('an alert of which the tool is known names it, and how sure that is', () => {
  const [line] = linesOf('human', (log) => log.tell({ ...ALERT, tool: 'zmap', confidence: 0.99 }));
  assert.match(line!, /, ports 1-3\/tcp,53\/udp, with zmap \(99 %\) \(observing: not blocked\)$/);
});

test('an alert that the kernel has answered by itself says so', () => {
  const [line] = linesOf('human', (log) => log.tell({ ...ALERT, action: 'block', by: 'kernel' }));
  assert.match(line!, /, ports 1-3\/tcp,53\/udp \(blocked by the kernel\)$/);
});

test('an alert in JSON keeps every field and the words', () => {
  const [line] = linesOf('json', (log) => log.tell(ALERT));
  const { time, level, msg, ...fields } = JSON.parse(line!);
  assert.deepEqual(fields, ALERT);
  assert.equal(level, 'warn');
  assert.match(msg, /^alert scan: /);
  assert.ok(!Number.isNaN(Date.parse(time)));
});

test('blocks and their end in words', () => {
  const blocked = {
    event: 'blocked',
    source: '2001:db8::/64',
    origin: 'local',
    reason: 'scan: 1-4/tcp',
  } as const;
  const lines = linesOf('human', (log) => {
    log.tell({ ...blocked, seconds: 600 });
    log.tell({ ...blocked, seconds: undefined });
    log.tell({ event: 'unblocked', source: '2001:db8::/64', cause: 'expired' });
  }).map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(lines, [
    'INFO  blocked 2001:db8::/64 for 10m (local: scan: 1-4/tcp)',
    'INFO  blocked 2001:db8::/64 until lifted (local: scan: 1-4/tcp)',
    'INFO  unblocked 2001:db8::/64 (expired)',
  ]);
});

test('lists in words, and no flood holds them back', () => {
  const skipped = { too_wide: 1, private: 2, own: 3, ignored: 4 };
  const loaded = {
    event: 'list_loaded',
    list: 'drop',
    origin: 'config',
    source: 'https://example.org/drop',
    from: 'url',
    isEnforced: true,
    ipv4: 1351,
    ipv6: 80,
    repeated: 0,
    skipped: { too_wide: 0, private: 0, own: 0, ignored: 0 },
    bad: 0,
    remarks: [],
  } as const;
  const failed = {
    event: 'list_failed',
    list: 'drop',
    source: '/drop',
    text: 'it is empty',
    retrySeconds: 90,
  } as const;
  const remarks = ['line 7: 10.0.0.0/8 (private)', 'line 9: "x"'];
  const lines = linesOf('human', (log) => {
    for (let index = 0; index < 200; index++) log.tell(ALERT);
    log.tell(loaded);
    log.tell({ ...loaded, from: 'cache', isEnforced: false, skipped, bad: 3, remarks });
    log.tell({ ...loaded, ipv4: 0, ipv6: 0, skipped: { ...loaded.skipped, private: 2 } });
    log.tell({ ...loaded, ipv4: 0, ipv6: 0 });
    log.tell({ ...failed, isKept: true });
    log.tell({ ...failed, isKept: false });
    log.tell({ event: 'list_ended', list: 'drop', cause: 'lifted' });
  }).map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(
    lines.filter((line) => line.includes('list ')),
    [
      'INFO  list drop: 1351 IPv4 and 80 IPv6 networks in force, from https://example.org/drop',
      'INFO  list drop: 1351 IPv4 and 80 IPv6 networks read (observing: not in force), from the copy of https://example.org/drop; left out: 1 too wide, 2 private; let alone as long as they are: 3 own, 4 ignored; lines that cannot be read: 3; the first of these: line 7: 10.0.0.0/8 (private), line 9: "x"',
      'WARN  list drop: 0 IPv4 and 0 IPv6 networks in force, from https://example.org/drop; nothing on it keeps anybody out; left out: 2 private',
      'INFO  list drop: 0 IPv4 and 0 IPv6 networks in force, from https://example.org/drop',
      'WARN  list drop: it is empty (/drop); it stays as it was; next try in 1m30s',
      'WARN  list drop: it is empty (/drop); nothing of it is in force; next try in 1m30s',
      'INFO  list drop is no longer in force (lifted)',
    ],
  );
});

test('a flood is summed up, whatever it makes the sentry say', () => {
  const lines = linesOf('human', (log) => {
    for (let count = 0; count < 1000; count++) log.tell(ALERT);
    log.tell({ event: 'warning', text: 'not blocked' });
    log.tell({ event: 'stopped', signal: 'SIGTERM', alerts: 1000, blocks: 0, stays: undefined });
  });
  assert.equal(lines.filter((line) => line.includes(' alert ')).length, 100);
  assert.equal(lines.filter((line) => line.includes('not blocked')).length, 100, 'in the alerts');
  assert.equal(lines.filter((line) => line.includes('stopped on SIGTERM')).length, 1);
  assert.match(lines.at(-1)!, /901 more lines within 1 s were held back/);
});

test('what becomes of enforcement that has to be confirmed is told in any flood', () => {
  const stopped = {
    event: 'stopped',
    signal: 'SIGTERM',
    alerts: 0,
    blocks: 3,
    unconfirmedSeconds: 97,
  } as const;
  const lines = linesOf('human', (log) => {
    for (let count = 0; count < 200; count++) log.tell(ALERT);
    log.tell({ event: 'unconfirmed', seconds: 120 });
    log.tell({ event: 'confirmed', seconds: 97 });
    log.tell({ event: 'rolled_back', seconds: 120 });
    log.tell({ ...stopped, stays: 'eth0' });
    log.tell({ ...stopped, stays: undefined });
  }).map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(
    lines.filter((line) => /confirm|stopped/.test(line)),
    [
      'WARN  nobody has confirmed this enforcement: in 2m everybody is let in again, unless `xdpsentry confirm` is typed before; until then no response runs, and no block is remembered',
      'INFO  enforcement is confirmed, 1m37s before it would have been rolled back',
      'ERROR nobody has confirmed this enforcement within 2m: it is rolled back, and everybody is let in again',
      'INFO  stopped on SIGTERM; alerts so far: 0; its program stays on eth0, blocks that go on: 3; nobody has confirmed them: in 1m37s everybody is let in; `xdpsentry detach` takes it off',
      'INFO  stopped on SIGTERM; alerts so far: 0; blocks that were in force: 3',
    ],
  );
});

test('lines below the level are not written', () => {
  const lines: string[] = [];
  const log = makeLog({ format: 'human', level: 'error' }, (line) => lines.push(line));
  log.tell(ALERT);
  assert.deepEqual(lines, []);
});
