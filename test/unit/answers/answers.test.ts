/** What the running sentry answers to the requests of the control socket. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BlockEntry, Status } from '../../../src/control/protocol.ts';
import { makeAnswers, SCANNER } from './make-answers.ts';

describe('the answer to', () => {
  test('blocks: blocks and marks, each with what keeps the source out', async (t) => {
    const { ask, block, mark } = makeAnswers(t);
    block();
    mark({ durationMs: 90_500 });
    mark({ source: '2001:db8::/64', by: 'record' });
    const common = {
      origin: 'local',
      since: '2026-11-22T12:00:00.000Z',
      packets: 0,
      bytes: 0,
      lastSeen: null,
    };
    assert.deepEqual(await ask<readonly BlockEntry[]>({ command: 'blocks' }), [
      {
        ...common,
        source: SCANNER,
        by: 'xdp',
        reason: 'scan: 22/tcp',
        until: '2026-11-22T12:01:00.000Z',
        remainingSeconds: 60,
      },
      {
        ...common,
        source: SCANNER,
        by: 'command',
        reason: 'slow: 53/udp',
        until: '2026-11-22T12:01:30.500Z',
        remainingSeconds: 91,
      },
      {
        ...common,
        source: '2001:db8::/64',
        by: 'record',
        reason: 'slow: 53/udp',
        until: null,
        remainingSeconds: null,
      },
    ]);
  });

  test('blocks: nothing that is over, though nobody has swept', async (t) => {
    const { ask, block, mark, dataPlane } = makeAnswers(t);
    block();
    mark({ durationMs: 60_000 });
    dataPlane.advance(60e9);
    assert.deepEqual(await ask({ command: 'blocks' }), []);
  });

  test('stop: which process will end; and it is asked to', async (t) => {
    const { ask, ended } = makeAnswers(t);
    assert.deepEqual(await ask({ command: 'stop' }), { pid: process.pid });
    assert.deepEqual(ended, ['stop']);
  });

  test('unblock and block of what is no address: that it is none', async (t) => {
    const { ask } = makeAnswers(t);
    await assert.rejects(async () => ask({ command: 'unblock', source: 'host' }), { code: 'XS_ERR_ADDRESS' });
    const request = { command: 'block', source: '198.51.100', durationMs: null, reason: null } as const;
    await assert.rejects(async () => ask(request), { code: 'XS_ERR_ADDRESS' });
  });

  const modes: readonly (readonly [says: string, yaml: string, modes: Status['modes']])[] = [
    ['none without PortSentry', '', null],
    ['both', 'portsentry: { tcp_mode: atcp, udp_mode: audp }', { tcp: 'atcp', udp: 'audp' }],
    ['null for a protocol without', 'portsentry: { udp_mode: sudp }', { tcp: null, udp: 'sudp' }],
  ];
  for (const [says, yaml, wanted] of modes) {
    test(`status: modes of PortSentry, ${says}`, async (t) => {
      const { ask } = makeAnswers(t);
      assert.deepEqual((await ask<Status>({ command: 'status' }, yaml)).modes, wanted);
    });
  }

  test('status: what is in force and at work', async (t) => {
    const { ask, block, mark } = makeAnswers(t);
    block();
    mark();
    const status = await ask<Status>({ command: 'status' });
    const { pid, alerts, blocks: count, responses, lost, metrics, memory } = status;
    assert.deepEqual(
      { pid, alerts, count, responses, lost, metrics, memory },
      {
        pid: process.pid,
        alerts: 7,
        count: 1,
        responses: { running: 2, waiting: 3 },
        lost: [{ reason: 'file_line', count: 1 }],
        metrics: null,
        memory: { path: '/m.db', error: 'database or disk is full' },
      },
    );
  });
});
