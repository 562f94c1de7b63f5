/** What systemd hears, over a real datagram socket. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { UnixDatagram } from '../../../src/kernel/unix-datagram.ts';
import { ServiceManager, type ServiceManagerOptions } from '../../../src/report/service-manager.ts';
import { waitUntil } from '../../support/wait-until.ts';

describe('the service manager', () => {
  let directory: string;
  let path: string;
  let listener: UnixDatagram;
  let environment: Record<string, string | undefined>;
  let complaints: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-notify-'));
    path = join(directory, 'notify');
    listener = UnixDatagram.bind(path);
    environment = { NOTIFY_SOCKET: path, OTHER: 'stays' };
    complaints = [];
  });
  afterEach(() => {
    listener.close();
    rmSync(directory, { recursive: true });
  });

  const open = (options: Partial<ServiceManagerOptions> = {}) =>
    new ServiceManager({
      environment,
      pid: 42,
      open: (place) => UnixDatagram.open(place),
      onError: (message) => complaints.push(message),
      ...options,
    });
  const heard = (from = listener): string[] => {
    const messages: string[] = [];
    for (let data = from.receive(); data; data = from.receive()) messages.push(Buffer.from(data).toString());
    return messages;
  };

  /** How many it could send until there was no room. */
  const sendAll = (filler: UnixDatagram): number => {
    let sent = 0;
    const send = () => {
      for (; ; sent++) filler.send(Buffer.from('from somebody else'));
    };
    assert.throws(send, { code: 'EAGAIN' });
    return sent;
  };

  test('hears each message as sd_notify(3) has it', async () => {
    const manager = open();
    manager.ready('watching eth0');
    manager.tell('two\n lines');
    manager.alive();
    manager.stopping('on SIGTERM');
    await manager.close();
    assert.deepEqual(heard(), [
      'READY=1\nSTATUS=watching eth0',
      'STATUS=two lines',
      'WATCHDOG=1',
      'STOPPING=1\nSTATUS=on SIGTERM',
    ]);
    assert.deepEqual(complaints, []);
  });

  test('may have an abstract socket', async () => {
    environment['NOTIFY_SOCKET'] = `@xdpsentry-notify-${process.pid}`;
    const abstract = UnixDatagram.bind(environment['NOTIFY_SOCKET']);
    const manager = open();
    manager.ready('x');
    assert.deepEqual(heard(abstract), ['READY=1\nSTATUS=x']);
    await manager.close();
    abstract.close();
  });

  test('is not spoken to by anything that this process starts', () => {
    Object.assign(environment, { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' });
    open();
    assert.deepEqual(environment, { OTHER: 'stays' });
  });

  test('that is none hears nothing, and nobody complains', async () => {
    for (const none of [undefined, '']) {
      environment = { NOTIFY_SOCKET: none, WATCHDOG_USEC: '1000000' };
      const manager = open();
      manager.ready('x');
      manager.alive();
      await manager.close();
      assert.equal(manager.watchdogMs, undefined);
    }
    assert.deepEqual([heard(), complaints], [[], []]);
  });

  test('asks for signs of life by what it leaves in the environment', () => {
    const asked = (usec?: string, pid?: string) => {
      environment = { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid };
      return open().watchdogMs;
    };
    assert.equal(asked('30000000', '42'), 30_000);
    assert.equal(asked('30000000'), 30_000);
    assert.equal(asked('30000000', '43'), undefined, 'it is another process that is asked');
    for (const none of [undefined, '', '0', 'x', '-1']) assert.equal(asked(none), undefined);
  });

  test('that is busy hears everything later, in order, and no sign of life twice', async () => {
    // Each sender has a budget of its own: the queue is full when a new one cannot send anything (net.unix.max_dgram_qlen).
    const fillers: UnixDatagram[] = [];
    for (let sent = 1; sent > 0; ) {
      const filler = UnixDatagram.open(path);
      fillers.push(filler);
      sent = sendAll(filler);
    }
    const manager = open();
    manager.ready('first');
    manager.alive();
    manager.alive();
    manager.tell('second');
    const messages = heard().filter((text) => text !== 'from somebody else');
    assert.equal(messages.length, 0, 'there was no room');
    await waitUntil(() => messages.push(...heard().filter((text) => text !== 'from somebody else')) >= 2);
    await manager.close();
    assert.deepEqual(
      [...messages, ...heard()].filter((text) => text !== 'from somebody else'),
      ['READY=1\nSTATUS=first', 'STATUS=second'],
    );
    for (const filler of fillers) filler.close();
  });

  test('that has gone is told of once, and one that comes in its place is spoken to', async () => {
    const manager = open();
    manager.ready('x');
    heard();
    listener.close();
    rmSync(path);
    manager.tell('y');
    manager.tell('z');
    assert.equal(complaints.length, 1);
    assert.match(complaints[0]!, new RegExp(`the service manager does not listen at ${path}: ECONNREFUSED`));
    listener = UnixDatagram.bind(path);
    manager.alive();
    assert.deepEqual(heard(), ['WATCHDOG=1']);
    await manager.close();
  });

  test('that never answers keeps nobody from ending', async () => {
    const full = () => {
      throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    };
    const manager = open({ open: () => ({ send: full, close: () => {} }) });
    for (let count = 0; count < 1000; count++) manager.tell(`${count}`);
    await manager.close();
    assert.deepEqual(complaints, []);
  });
});
