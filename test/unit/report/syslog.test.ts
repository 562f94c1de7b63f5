import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSyslog } from '../../support/fake-syslog.ts';
import { waitUntil } from '../../support/wait-until.ts';

describe('while syslog listens', () => {
  test('lines go to /dev/log in the name of portsentry, a datagram each', () => {
    const syslog = makeSyslog();
    assert.deepEqual(syslog.opened, [], 'nothing is opened before there is a line');
    syslog.sink.write('attackalert: first', 'notice');
    syslog.pass(1000);
    syslog.sink.write('second\n', 'error');
    assert.deepEqual(syslog.take(), [
      '<29>Nov 22 00:18:07 portsentry[123]: attackalert: first',
      '<27>Nov 22 00:18:08 portsentry[123]: second',
    ]);
    assert.deepEqual(syslog.opened, ['/dev/log']);
    assert.deepEqual([syslog.sink.lost, syslog.told], [0, []]);
  });

  test('path, name, process and facility may be others', () => {
    const syslog = makeSyslog({ path: '/run/log', ident: 'xdpsentry', pid: 7, facility: 4 });
    syslog.sink.write('x', 'info');
    assert.deepEqual(syslog.take(), ['<38>Nov 22 00:18:07 xdpsentry[7]: x']);
    assert.deepEqual(syslog.opened, ['/run/log']);
  });

  test('close() closes; a later line opens again', async () => {
    const syslog = makeSyslog();
    await syslog.sink.close();
    syslog.sink.write('a', 'notice');
    await syslog.sink.close();
    await syslog.sink.close();
    assert.equal(syslog.held(), 0);
    syslog.sink.write('b', 'notice');
    assert.deepEqual(syslog.takeTexts(), ['a', 'b']);
  });
});

describe('when syslog is restarted', () => {
  test('no line is lost', () => {
    const syslog = makeSyslog();
    syslog.sink.write('before', 'notice');
    syslog.stop();
    syslog.start();
    syslog.sink.write('after', 'notice');
    syslog.sink.write('and on', 'notice');
    assert.deepEqual(syslog.takeTexts(), ['before', 'after', 'and on']);
    assert.deepEqual([syslog.opened.length, syslog.held(), syslog.sink.lost], [2, 1, 0]);
    assert.deepEqual(syslog.told, []);
  });
});

describe('while syslog is absent', () => {
  test('lines are lost, counted, and told of before the first one that goes through', () => {
    const syslog = makeSyslog();
    syslog.sink.write('before', 'notice');
    syslog.stop();
    for (const line of ['a', 'b', 'c']) syslog.sink.write(line, 'notice');
    assert.equal(syslog.sink.lost, 3);
    assert.equal(syslog.held(), 0);
    syslog.start();
    syslog.pass(1000);
    syslog.sink.write('after', 'error');
    assert.deepEqual(syslog.take(), [
      '<29>Nov 22 00:18:07 portsentry[123]: before',
      '<29>Nov 22 00:18:08 portsentry[123]: adminalert: 3 log lines were lost while syslog did not take them',
      '<27>Nov 22 00:18:08 portsentry[123]: after',
    ]);
    assert.equal(syslog.sink.lost, 3, 'the count goes on from there');
    syslog.sink.write('and on', 'notice');
    assert.deepEqual(syslog.takeTexts(), ['and on'], 'told once');
  });

  test('one lost line is one line', () => {
    const syslog = makeSyslog();
    syslog.stop();
    syslog.sink.write('a', 'notice');
    syslog.start();
    syslog.pass(1000);
    syslog.sink.write('b', 'notice');
    assert.deepEqual(syslog.takeTexts(), [
      'adminalert: 1 log line was lost while syslog did not take it',
      'b',
    ]);
  });

  test('it is looked for at most once a second', () => {
    const syslog = makeSyslog();
    syslog.stop();
    for (let ms = 0; ms < 3000; ms += 100) {
      syslog.sink.write('x', 'notice');
      syslog.pass(100);
    }
    assert.deepEqual([syslog.opened.length, syslog.sink.lost], [3, 30]);
  });

  test('a clock that is set back does not keep it from being looked for', () => {
    const syslog = makeSyslog();
    syslog.stop();
    syslog.sink.write('x', 'notice');
    syslog.start();
    syslog.pass(-3_600_000);
    syslog.sink.write('y', 'notice');
    assert.deepEqual(syslog.takeTexts().at(-1), 'y');
  });

  test('the operator is told once, and again only after it worked', () => {
    const syslog = makeSyslog();
    const message =
      'syslog takes no lines at /dev/log: ENOENT: in words; they are lost until a syslog daemon listens there';
    const loseFor = (seconds: number) => {
      syslog.stop();
      for (let second = 0; second < seconds; second++) {
        syslog.sink.write('x', 'notice');
        syslog.pass(1000);
      }
    };
    loseFor(5);
    assert.deepEqual(syslog.told, [message]);
    syslog.start();
    syslog.sink.write('y', 'notice');
    loseFor(5);
    assert.deepEqual(syslog.told, [message, message]);
  });

  test('a socket that opens and takes nothing is closed, and tried again a second later', () => {
    let opened = 0;
    let closed = 0;
    const syslog = makeSyslog({
      open: () => {
        opened++;
        return {
          send() {
            throw Object.assign(new Error('EACCES: in words'), { code: 'EACCES' });
          },
          close() {
            closed++;
          },
        };
      },
    });
    for (const line of ['a', 'b', 'c']) syslog.sink.write(line, 'notice');
    assert.deepEqual([opened, closed, syslog.sink.lost, syslog.told.length], [1, 1, 3, 1]);
    syslog.pass(1000);
    syslog.sink.write('d', 'notice');
    assert.deepEqual([opened, closed, syslog.sink.lost, syslog.told.length], [2, 2, 4, 1]);
  });

  test('close() tells what nobody was told of, if syslog is back', async () => {
    const syslog = makeSyslog();
    syslog.stop();
    syslog.sink.write('x', 'notice');
    syslog.start();
    syslog.pass(1000);
    await syslog.sink.close();
    assert.deepEqual(syslog.takeTexts(), ['adminalert: 1 log line was lost while syslog did not take it']);
    assert.equal(syslog.held(), 0);
  });
});

describe('while syslog has no room', () => {
  test('lines wait, and come in order with the time at which they were written', async () => {
    const syslog = makeSyslog();
    syslog.makeRoom(1);
    syslog.sink.write('a', 'notice');
    syslog.sink.write('b', 'notice');
    syslog.pass(5_000);
    syslog.sink.write('c', 'notice');
    assert.deepEqual(syslog.takeTexts(), ['a']);
    syslog.makeRoom(10);
    await waitUntil(() => syslog.received.length === 2);
    assert.deepEqual(syslog.take(), [
      '<29>Nov 22 00:18:07 portsentry[123]: b',
      '<29>Nov 22 00:18:12 portsentry[123]: c',
    ]);
    syslog.sink.write('d', 'notice');
    assert.deepEqual(syslog.takeTexts(), ['d']);
    assert.deepEqual([syslog.opened.length, syslog.told, syslog.sink.lost], [1, [], 0]);
  });

  test('what the queue has no room for is lost, counted and told, and the socket is kept', async () => {
    const syslog = makeSyslog({ maxQueued: 1 });
    syslog.makeRoom(1);
    for (const line of ['a', 'b', 'c', 'd']) syslog.sink.write(line, 'notice');
    assert.equal(syslog.sink.lost, 2);
    syslog.makeRoom(10);
    await waitUntil(() => syslog.received.length === 2);
    syslog.sink.write('e', 'notice');
    assert.deepEqual(syslog.takeTexts(), [
      'a',
      'b',
      'adminalert: 2 log lines were lost while syslog did not take them',
      'e',
    ]);
    assert.deepEqual([syslog.opened.length, syslog.told], [1, []]);
  });

  test('closing waits for room, but not for ever', async () => {
    const syslog = makeSyslog();
    syslog.makeRoom(0);
    syslog.sink.write('a', 'notice');
    const closed = syslog.sink.close();
    syslog.makeRoom(1);
    await closed;
    assert.deepEqual([syslog.takeTexts(), syslog.sink.lost, syslog.held()], [['a'], 0, 0]);

    syslog.makeRoom(0);
    syslog.sink.write('b', 'notice');
    await syslog.sink.close();
    assert.deepEqual([syslog.take(), syslog.sink.lost, syslog.held()], [[], 1, 0]);
  });
});
