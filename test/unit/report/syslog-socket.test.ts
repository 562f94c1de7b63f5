import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnixDatagram } from '../../../src/kernel/unix-datagram.ts';
import { syslogSink } from '../../../src/report/syslog.ts';
import { START_MS } from '../../support/fake-syslog.ts';
import { waitUntil } from '../../support/wait-until.ts';

test('over a real socket: sent, restarted, full', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-syslog-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'log');
  let nowMs = START_MS;
  const told: string[] = [];
  const sink = syslogSink({
    path,
    pid: 123,
    open: UnixDatagram.open,
    now: () => nowMs,
    onError: (message) => told.push(message),
  });
  const take = (receiver: UnixDatagram) =>
    Array.from({ length: 2 }, () => Buffer.from(receiver.receive() ?? []).toString());
  const HEAD = '<29>Nov 22 00:18:07 portsentry[123]: ';
  const first = UnixDatagram.bind(path);
  sink.write('Grüße', 'notice');
  assert.deepEqual(take(first), [`${HEAD}Grüße`, '']);

  first.close();
  rmSync(path);
  sink.write('to nobody', 'notice');
  assert.equal(sink.lost, 1);
  assert.match(told.join(), /ENOENT: .*connect '.*\/log'/);

  const second = UnixDatagram.bind(path);
  nowMs += 1000;
  sink.write('x'.repeat(8000), 'notice');
  const [telling, line] = take(second);
  assert.match(telling!, /adminalert: 1 log line was lost/);
  assert.match(line!, /: x{8000}$/);

  nowMs += 1000;
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
  for (const line of lines) sink.write(line, 'notice');
  const received: string[] = [];
  await waitUntil(() => {
    for (let data = second.receive(); data; data = second.receive())
      received.push(Buffer.from(data).toString());
    return received.length === lines.length;
  });
  assert.deepEqual(
    received,
    lines.map((line) => `${HEAD}${line}`.replace('00:18:07', '00:18:09')),
  );
  assert.equal(sink.lost, 1);
  await sink.close();
  second.close();
});
