/** What an alert leads to, by rule, mode and state: the action that is told, and what is in force afterwards. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSentry, prefix, SCANNER } from './make-sentry.ts';

const rules = (rule: string, mode = 'enforce') => `mode: ${mode}\nrules: [{ name: scan, ${rule} }]`;
const ONE = 'probes: 1, window: forever, again: probe, block_for: 1m';

describe('the first probe that decides', () => {
  const cases: readonly {
    says: string;
    yaml: string;
    told: string[];
    isBlocked?: true;
    isMarked?: true;
  }[] = [
    { says: 'alert: tells', yaml: rules(`${ONE}, action: alert`), told: ['alert scan: alert'] },
    {
      says: 'block: blocks',
      yaml: rules(`${ONE}, action: block`),
      told: ['alert scan: block', `blocked ${SCANNER} (scan: 22/tcp)`],
      isBlocked: true,
    },
    {
      says: 'command: marks',
      yaml: rules(`${ONE}, action: command`),
      told: ['alert scan: command'],
      isMarked: true,
    },
    {
      says: 'record: marks',
      yaml: rules(`${ONE}, action: record`),
      told: ['alert scan: record'],
      isMarked: true,
    },
    {
      says: 'observing: nothing',
      yaml: rules(`${ONE}, action: block`, 'observe'),
      told: ['alert scan: would_block'],
    },
    {
      says: 'observing, command: nothing',
      yaml: rules(`${ONE}, action: command`, 'observe'),
      told: ['alert scan: would_block'],
    },
    {
      says: 'observing, alert: the same',
      yaml: rules(`${ONE}, action: alert`, 'observe'),
      told: ['alert scan: alert'],
    },
  ];
  for (const { says, yaml, told, isBlocked = false, isMarked = false } of cases) {
    test(says, () => {
      const { see, blocks, marks } = makeSentry(yaml);
      assert.deepEqual(see(), told);
      assert.equal(blocks.has(prefix(SCANNER)), isBlocked);
      assert.equal(marks.has(SCANNER, 'scan'), isMarked);
    });
  }
});

test('the action is that of the protocol of the probe', () => {
  const { see } = makeSentry(rules(`${ONE}, action: { tcp: alert, udp: record }`));
  assert.deepEqual(see(), ['alert scan: alert']);
  assert.deepEqual(see({ protocol: 'udp' }), ['alert scan: record']);
});

describe('a rule that fires with each probe', () => {
  for (const action of ['block', 'command', 'record'] as const) {
    test(`${action}: answers once, until that ends, by itself or by hand`, () => {
      const { see, take, sentry, dataPlane, blocks, marks } = makeSentry(rules(`${ONE}, action: ${action}`));
      const first = see();
      assert.equal(first[0], `alert scan: ${action}`);
      assert.deepEqual(see(), ['alert scan: already_blocked']);
      assert.deepEqual(see({ port: 23 }), ['alert scan: already_blocked']);
      dataPlane.advance(60e9);
      assert.deepEqual(see(), [`unblocked ${SCANNER} expired`, ...first]);
      if (action === 'block') blocks.lift(prefix(SCANNER));
      else marks.lift(SCANNER);
      assert.deepEqual(take(), [`unblocked ${SCANNER} lifted`]);
      dataPlane.advance(1e6);
      assert.deepEqual(see(), first);
      assert.equal(sentry.alerts, 5);
    });
  }

  test('after an unblocking by hand it counts anew', () => {
    const { see, blocks, dataPlane } = makeSentry(
      rules('probes: 3, window: forever, again: probe, action: block'),
    );
    const actions = () => see().filter((line) => line.startsWith('alert'));
    assert.deepEqual([actions(), actions(), actions()], [[], [], ['alert scan: block']]);
    blocks.lift(prefix(SCANNER));
    dataPlane.advance(1e6);
    assert.deepEqual([actions(), actions(), actions()], [[], [], ['alert scan: block']]);
  });

  for (const action of ['block', 'record'] as const) {
    test(`${action}: that was suspended for as long as rules answer nobody is no pardon: the next probe is answered`, () => {
      const { see, take, blocks, marks, dataPlane, trails } = makeSentry(
        rules(`probes: 3, window: forever, again: probe, action: ${action}`),
      );
      const actions = () => see().filter((line) => line.startsWith('alert'));
      for (let probes = 0; probes < 3; probes++) see();
      dataPlane.advance(1e6);
      if (action === 'block') blocks.suspend(prefix(SCANNER));
      else marks.suspend();
      assert.deepEqual(take(), [`unblocked ${SCANNER} suspended`]);
      dataPlane.advance(1e6);
      assert.deepEqual(actions(), [`alert scan: ${action}`]);
      assert.equal(trails.of(SCANNER, dataPlane.nowNs())?.pardonedNs, Number.NEGATIVE_INFINITY);
    });
  }

  for (const [cause, isForgiven] of [
    ['expired', false],
    ['displaced', false],
    ['suspended', false],
    ['lifted', true],
    ['guarded', true],
  ] as const) {
    test(`${isForgiven ? 'forgives' : 'does not forgive'} what has led to an answer that is ${cause}`, () => {
      const { see, sentry, blocks, dataPlane, trails } = makeSentry(rules(`${ONE}, action: block`));
      see();
      const block = blocks.get(prefix(SCANNER))!;
      dataPlane.advance(1e6);
      sentry.answerEnded(block, cause);
      const { answeredNs, pardonedNs } = trails.of(SCANNER, dataPlane.nowNs())!;
      assert.equal(answeredNs >= block.addedNs, true, 'but it is spent');
      assert.equal(pardonedNs === dataPlane.nowNs(), isForgiven);
    });
  }

  test('does not answer again what a person has blocked', () => {
    const { see, take, blocks } = makeSentry(rules(`${ONE}, action: block`));
    blocks.add({ prefix: prefix(SCANNER), origin: 'operator', reason: 'ticket 7', durationMs: undefined });
    take();
    assert.deepEqual(see(), ['alert scan: already_blocked']);
    assert.equal([...blocks][0]?.reason, 'ticket 7');
  });

  test('keeps the marks of another rule apart', () => {
    const two = ['a', 'b'].map(
      (name) => `{ name: ${name}, ${ONE}, protocol: ${name === 'a' ? 'tcp' : 'udp'}, action: record }`,
    );
    const { see } = makeSentry(`mode: enforce\nrules: [${two.join()}]`);
    assert.deepEqual(see(), ['alert a: record']);
    assert.deepEqual(see({ protocol: 'udp' }), ['alert b: record']);
    assert.deepEqual(see({ protocol: 'udp' }), ['alert b: already_blocked']);
  });
});

describe('a rule that fires once a window', () => {
  const WINDOW = 'probes: 1, window: 10s, block_for: 1m';

  test('renews its block', () => {
    const { see, dataPlane, blocks } = makeSentry(rules(`${WINDOW}, action: block`));
    see();
    assert.deepEqual(see(), [], 'quiet within the window');
    dataPlane.advance(10e9);
    assert.deepEqual(see(), ['alert scan: block', `block_changed ${SCANNER} (scan: 22/tcp)`]);
    assert.equal([...blocks][0]?.expiresNs, dataPlane.nowNs() + 60e9);
  });

  test('renews its mark without answering again, and is quiet afterwards', () => {
    const { see, dataPlane, marks } = makeSentry(rules(`${WINDOW}, action: command`));
    assert.deepEqual(see(), ['alert scan: command']);
    dataPlane.advance(10e9);
    assert.deepEqual(see(), ['alert scan: already_blocked']);
    assert.deepEqual(see(), []);
    assert.equal([...marks][0]?.expiresNs, dataPlane.nowNs() + 60e9);
  });

  for (const action of ['block', 'command']) {
    test(`${action}: fires again within it when the answer has ended, though nobody has swept`, () => {
      const { see, dataPlane } = makeSentry(rules(`probes: 1, window: 1h, block_for: 1m, action: ${action}`));
      see();
      dataPlane.advance(60e9);
      assert.deepEqual(see().slice(0, 2), [`unblocked ${SCANNER} expired`, `alert scan: ${action}`]);
    });
  }
});
