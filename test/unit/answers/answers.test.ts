/** What the running sentry answers to the requests of the control socket. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BlockEntry, Results, Status } from '../../../src/control/protocol.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
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
    assert.deepEqual(await ask({ command: 'stop', leaves: true }), { pid: process.pid });
    assert.deepEqual(ended, ['stop', 'leave']);
  });

  test('confirm: whether it was new, and what there is against the address that the asker comes from', async (t) => {
    const { ask, block, exempt } = makeAnswers(t);
    block();
    const reason = 'the address that you are logged in from';
    exempt.guarded.push({ prefix: parsePrefix(SCANNER)!, reason });
    const first = await ask<Results['confirm']>({ command: 'confirm', loggedInFrom: SCANNER });
    assert.deepEqual([first.before, first.blocks], [false, 1]);
    const { source, verdict, spared, blocks } = first.asker!;
    assert.deepEqual(
      { source, verdict, spared, blocked: blocks.map((it) => it.source) },
      { source: SCANNER, verdict: 'in', spared: `it is ${reason}`, blocked: [SCANNER] },
    );
    assert.deepEqual(await ask({ command: 'confirm' }), { before: true, blocks: 1, asker: null });
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
    const { pid, alerts, blocks: count, responses, lost, metrics, memory, trial } = status;
    assert.deepEqual(
      { pid, alerts, count, responses, lost, metrics, memory, trial },
      {
        trial: { state: 'unconfirmed', remainingSeconds: 97 },
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
