import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Bench, caseOf, command, settled } from './fakes.ts';

const ONE = caseOf(1);
const A = ONE.address;
const READ_ONLY = new Error('EROFS: read-only file system');

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('responses', () => {
  for (const [says, changes, by, begun] of [
    ['hosts.deny, route, command', {}, 'block', [`+deny ${A}`, `route ${A}`, `script ${A}`]],
    [
      'the command before them',
      { command: command(true) },
      'block',
      [`script ${A}`, `+deny ${A}`, `route ${A}`],
    ],
    ['nothing but the command', {}, 'command', [`script ${A}`]],
    ['what there is', { route: undefined }, 'block', [`+deny ${A}`, `script ${A}`]],
    ['nothing where there is no command', { command: undefined }, 'command', []],
    [
      'nothing where there is none',
      { hostsDeny: undefined, route: undefined, command: undefined },
      'block',
      [],
    ],
  ] as const) {
    test(`are run in their order: ${says}`, async () => {
      bench.responses(changes).answer(caseOf(1, by));
      await bench.finishAll();
      assert.deepEqual(bench.effects.begun, begun);
      assert.equal(bench.told.length, begun.length);
    });
  }

  test('of one case wait for each other, whatever becomes of those before', async () => {
    const it = bench.responses();
    bench.effects.editAtOnce = () => READ_ONLY;
    it.answer(ONE);
    await settled();
    assert.deepEqual(bench.effects.begun, [`+deny ${A}`, `route ${A}`]);
    bench.effects.finish(`route ${A}`, { result: 'failed', detail: 'EAGAIN' });
    await settled();
    bench.effects.finish(`script ${A}`, { result: 'timed_out', detail: 'ended after 60 s' });
    await settled();
    assert.deepEqual(bench.briefly(), [
      `hosts_deny ${A} failed`,
      `route ${A} failed`,
      `command ${A} timed_out`,
    ]);
    await it.stop();
  });

  test('are told of with text, address and detail', async () => {
    bench.responses({ command: { run: 'x $TARGET$ $PORT$ $MODE$', undo: undefined, first: true } }).answer({
      ...caseOf(1, 'command'),
      source: '2001:db8::/64',
      address: '2001:db8::7',
    });
    await settled();
    bench.effects.finish(undefined, { result: 'done', detail: 'exit status 3' });
    await settled();
    assert.deepEqual(bench.told, [
      {
        event: 'response',
        response: 'command',
        undo: false,
        address: '2001:db8::7',
        text: 'x 2001:db8::7 23 atcp',
        result: 'done',
        detail: 'exit status 3',
      },
    ]);
  });

  for (const entry of ['ALL: $TARGET$ : DENY', 'ALL: [$TARGET$] : DENY']) {
    test(`write IPv6 addresses to hosts.deny in brackets: ${entry}`, async () => {
      const it = bench.responses({
        hostsDeny: { entry, file: '/etc/hosts.deny' },
        route: undefined,
        command: undefined,
      });
      const six = { ...ONE, source: '2001:db8::/64', address: '2001:db8::7' };
      it.answer(six);
      await settled();
      void it.undo(six);
      await settled();
      assert.deepEqual(bench.effects.begun, ['+ALL: [2001:db8::7] : DENY', '-ALL: [2001:db8::7] : DENY']);
    });
  }

  test('run once for one source and block, and again for the next block', async () => {
    const it = bench.responses();
    for (let times = 0; times < 3; times++) it.answer(ONE);
    await bench.finishAll();
    it.answer(ONE);
    await bench.finishAll();
    assert.equal(bench.told.length, 3);
    void it.undo(ONE);
    void it.undo(ONE);
    it.answer(ONE);
    await bench.finishAll();
    assert.deepEqual(bench.effects.begun.slice(3, 6), [`-deny ${A}`, `unroute ${A}`, `unscript ${A}`]);
    assert.deepEqual(bench.effects.begun.slice(6), [`+deny ${A}`, `route ${A}`, `script ${A}`]);
  });

  test('answer a block and a mere command of one source apart', async () => {
    const it = bench.responses({ hostsDeny: undefined, route: undefined });
    it.answer(caseOf(1, 'command'));
    it.answer(caseOf(1, 'block'));
    await bench.finishAll();
    void it.undo(caseOf(1, 'command'));
    await bench.finishAll();
    assert.deepEqual(bench.effects.begun, [`script ${A}`, `script ${A}`, `unscript ${A}`]);
  });

  test('are never run with something else than an address, a port and a mode', async () => {
    bench.responses().answer({ ...ONE, address: '198.51.100.1; reboot' });
    await settled();
    assert.deepEqual(bench.effects.begun, []);
    assert.deepEqual(
      bench.told.map(({ response, text, result }) => [response, text, result]),
      [
        ['hosts_deny', 'deny $TARGET$', 'failed'],
        ['route', 'route $TARGET$', 'failed'],
        ['command', 'script $TARGET$', 'failed'],
      ],
    );
    assert.match(bench.told[0]!.detail!, /\$TARGET\$ must be an IP address/);
  });
});
