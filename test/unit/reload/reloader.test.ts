import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentryError } from '../../../src/errors.ts';
import { Reloader, type ReloaderParts } from '../../../src/reload/reloader.ts';

/** Whose policy cannot be read; no other part is asked then. */
function makeReloader() {
  const told: string[] = [];
  const read = () => {
    throw new SentryError('XS_ERR_CONFIG_READ', 'it is away');
  };
  const tell: ReloaderParts['tell'] = ({ event }) => told.push(event);
  const metrics = { noteReload: (isInForce: boolean) => told.push(`noted ${isInForce}`) };
  return { told, reloader: new Reloader({ read, tell, metrics } as unknown as ReloaderParts) };
}

test('a reload that fails is told of, and another one may follow', async () => {
  const { told, reloader } = makeReloader();
  await assert.rejects(reloader.reload(), { code: 'XS_ERR_CONFIG_READ' });
  await assert.rejects(reloader.reload(), { code: 'XS_ERR_CONFIG_READ' });
  assert.deepEqual(told, ['noted false', 'reload_failed', 'noted false', 'reload_failed']);
});

test('who stops waits for the reload that is under way, and no other begins', async () => {
  const { told, reloader } = makeReloader();
  const underWay = assert.rejects(reloader.reload(), { code: 'XS_ERR_CONFIG_READ' });
  assert.deepEqual(told, []);
  await reloader.stop();
  assert.deepEqual(told, ['noted false', 'reload_failed']);
  await underWay;
  await assert.rejects(reloader.reload(), { code: 'XS_ERR_RELOAD' });
  assert.deepEqual(told, ['noted false', 'reload_failed']);
});
