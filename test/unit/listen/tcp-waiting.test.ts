/** When the system lets nobody in for a time, visitors wait in the kernel's queue: no hurry, no flood of words, no loss. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { TcpListener } from '../../../src/kernel/tcp-listener.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { connectTo, freePort, listening } from './listening.ts';

const NO_DESCRIPTOR = Object.assign(new Error('EMFILE: Too many open files, accept4'), { code: 'EMFILE' });

/** Listens at real sockets, of which each accept() fails as long as there is a fault. */
async function makeFaulty(t: TestContext, tcp: readonly number[]) {
  let fault: Error | undefined;
  let attempts = 0;
  const heard = await listening(t, {
    tcp,
    openTcp(place, onReadable) {
      const real = TcpListener.listen(place, onReadable);
      return {
        accept() {
          attempts++;
          if (fault) throw fault;
          return real.accept();
        },
        pause: () => real.pause(),
        resume: () => real.resume(),
        close: () => real.close(),
      };
    },
  });
  return {
    ...heard,
    setFault(error: Error | undefined) {
      fault = error;
    },
    get attempts() {
      return attempts;
    },
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

describe('a visitor who cannot be accepted', () => {
  test('is told of when he can be; it is tried ten times a second', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const port = await freePort();
    const listener = await makeFaulty(t, [port]);
    listener.setFault(NO_DESCRIPTOR);
    const { closed } = connectTo(port);
    await waitUntil(() => listener.attempts === 1);
    for (let attempt = 2; attempt < 20; attempt++) {
      t.mock.timers.tick(99);
      await turns(5);
      assert.equal(listener.attempts, attempt - 1, 'not before it is time');
      t.mock.timers.tick(1);
      await waitUntil(() => listener.attempts === attempt);
    }
    listener.setFault(undefined);
    t.mock.timers.tick(100);
    await waitUntil(() => listener.contacts.length === 1);
    assert.equal((await closed).error, undefined);
    await connectTo(port).closed;
    assert.equal(listener.contacts.length, 2, 'and the next one without a pause');
  });

  test('is warned of once a minute, whatever the number of ports, with what to do', async (t) => {
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const ports = [await freePort(), await freePort()];
    const listener = await makeFaulty(t, ports);
    listener.setFault(NO_DESCRIPTOR);
    for (const port of ports) connectTo(port);
    const { warnings } = listener;
    await waitUntil(() => listener.attempts >= 6);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^visitors of TCP port \d+ wait, .*: EMFILE: .*; "ulimit -n" or LimitNOFILE= /,
    );
    nowMs = 59_999;
    const before = listener.attempts;
    await waitUntil(() => listener.attempts >= before + 3);
    assert.equal(warnings.length, 1);
    nowMs = 60_000;
    await waitUntil(() => warnings.length === 2);
  });

  test('because of anything else is warned of in the words of the error', async (t) => {
    const port = await freePort();
    const listener = await makeFaulty(t, [port]);
    listener.setFault(new Error('ENOBUFS: No buffer space available, accept4'));
    connectTo(port);
    await waitUntil(() => listener.warnings.length > 0);
    assert.deepEqual(listener.warnings, [
      `visitors of TCP port ${port} wait, for they cannot be accepted: ENOBUFS: No buffer space available, accept4`,
    ]);
  });

  test('does not keep the listening from its end', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const port = await freePort();
    const listener = await makeFaulty(t, [port]);
    listener.setFault(NO_DESCRIPTOR);
    const { closed } = connectTo(port);
    await waitUntil(() => listener.attempts > 0);
    await listener.close();
    assert.equal((await closed).error, 'ECONNRESET');
    const { attempts } = listener;
    t.mock.timers.tick(1_000);
    await turns(5);
    assert.equal(listener.attempts, attempts, 'it is not tried again');
  });
});
