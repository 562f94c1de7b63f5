import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnixDatagram } from '../../../src/kernel/unix-datagram.ts';
import { syslogSink } from '../../../src/report/syslog.ts';
import { START_MS } from '../../support/fake-syslog.ts';

test('over a real socket: sent, restarted, full', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'xdpsentry-syslog-'));
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
  while (sink.lost === 1) sink.write('until it is full', 'notice');
  const waiting: string[] = [];
  for (let data = second.receive(); data; data = second.receive()) waiting.push(Buffer.from(data).toString());
  assert(waiting.length > 0);
  assert(waiting.every((message) => message.endsWith(': until it is full')));
  sink.close();
  assert.match(take(second)[0]!, /adminalert: 1 log line was lost/);
  second.close();
  await rm(directory, { recursive: true });
});
