/** When the service manager hears that all is well: as long as the sentry reads its events, and not one time more. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import type { ServiceManager } from '../../src/report/service-manager.ts';
import { type Health, supervise } from '../../src/supervision.ts';

const WATCHDOG_MS = 30_000;

describe('supervision', () => {
  let said: string[];
  let health: Health;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    said = [];
    health = { isReading: true, words: 'eth0' };
  });
  afterEach(() => mock.timers.reset());

  const start = (watchdogMs: number | undefined) => {
    const manager: Pick<ServiceManager, 'watchdogMs' | 'ready' | 'tell' | 'alive' | 'stopping'> = {
      watchdogMs,
      ready: (status) => said.push(`ready: ${status}`),
      tell: (status) => said.push(`tell: ${status}`),
      alive: () => said.push('alive'),
      stopping: (status) => said.push(`stopping: ${status}`),
    };
    return supervise(manager, () => health);
  };
  const alive = () => said.filter((word) => word === 'alive').length;

  test('begins with that it watches, and says so at least twice in the time that the manager waits', () => {
    start(WATCHDOG_MS);
    assert.deepEqual(said, ['ready: eth0']);
    for (let half = 1; half <= 4; half++) {
      mock.timers.tick(WATCHDOG_MS / 2);
      assert.ok(alive() >= half);
    }
    assert.ok(alive() <= 8);
  });

  test('says nothing while events wait and nobody reads them, and why', () => {
    start(WATCHDOG_MS);
    mock.timers.tick(WATCHDOG_MS);
    const before = alive();
    health = { isReading: false, words: 'eth0' };
    mock.timers.tick(10 * WATCHDOG_MS);
    assert.equal(alive(), before);
    assert.equal(said.at(-1), 'tell: events are not read; eth0');
    health = { isReading: true, words: 'eth0' };
    mock.timers.tick(WATCHDOG_MS);
    assert.ok(alive() > before);
    assert.ok(said.includes('tell: eth0'));
  });

  test('tells of what it does only when that has changed, also where nobody waits for signs of life', () => {
    start(undefined);
    mock.timers.tick(60_000);
    assert.deepEqual(said, ['ready: eth0']);
    health = { isReading: true, words: 'eth0: 3 blocks' };
    mock.timers.tick(60_000);
    assert.deepEqual(said, ['ready: eth0', 'tell: eth0: 3 blocks']);
  });

  test('ends with why it does', () => {
    start(WATCHDOG_MS).stop('stops on SIGTERM');
    mock.timers.tick(10 * WATCHDOG_MS);
    assert.deepEqual(said, ['ready: eth0', 'stopping: stops on SIGTERM']);
  });
});
