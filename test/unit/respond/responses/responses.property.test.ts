import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Responses } from '../../../../src/respond/responses/responses.ts';
import { caseOf, FakeEffects, policy, type ResponseEvent, settled } from './fakes.ts';

const RESULTS = ['done', 'failed', 'timed_out'] as const;
type Result = (typeof RESULTS)[number];
type Action =
  | { readonly do: 'answer' | 'undo'; readonly source: number }
  | { readonly do: 'finish'; readonly which: number; readonly result: Result }
  | { readonly do: 'edit' }
  | { readonly do: 'settle' };

const SOURCES = 3;
const CONCURRENCY = 2;

const actions = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('answer', 'undo'), source: fc.nat(SOURCES - 1) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('finish'),
        which: fc.nat(5),
        result: fc.constantFrom(...RESULTS),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('edit') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('settle') }) },
  ) as fc.Arbitrary<Action>,
  { maxLength: 60 },
);

/** What is in force by the commands that came to their end, and everything that must never be. */
class Ledger {
  readonly inForce = new Set<string>();
  readonly atWork = new Set<string>();

  /** `text` is at work from now on. */
  begin(text: string): void {
    const [subject, isUndo] = subjectOf(text);
    assert.ok(!this.atWork.has(subject), `${text} while the same is at work`);
    this.atWork.add(subject);
    assert.equal(this.inForce.has(subject), isUndo, `${text}: an undo without a done, or a second run`);
  }

  end(text: string, result: Result): void {
    const [subject, isUndo] = subjectOf(text);
    this.atWork.delete(subject);
    if (isUndo) this.inForce.delete(subject);
    else if (result !== 'failed') this.inForce.add(subject);
  }
}

/** `unroute 198.51.100.1` → [`route 198.51.100.1`, true] */
const subjectOf = (text: string): [string, boolean] => [text.replace(/^un/, ''), text.startsWith('un')];

test('whatever happens in whatever order: once each, nothing undone that was not done, nothing left over', async () => {
  const check = async (sequence: readonly Action[], first: boolean) => {
    const effects = new FakeEffects();
    effects.editAtOnce = undefined;
    const told: ResponseEvent[] = [];
    const policyInForce = policy({
      command: { run: 'script $TARGET$', undo: 'unscript $TARGET$', first },
      concurrency: CONCURRENCY,
    });
    const responses = new Responses(policyInForce, (event) => told.push(event), effects);
    const ledger = new Ledger();
    const open = new Set<number>();
    let seen = 0;
    let answers = 0;

    const look = async () => {
      await settled();
      for (; seen < effects.begun.length; seen++) {
        const text = effects.begun[seen]!;
        if (/^(un)?(route|script)/.test(text)) ledger.begin(text);
      }
      const routes = effects.commands.filter(({ text }) => /^(un)?route/.test(text)).length;
      assert.ok(routes <= 1, 'routes go one by one');
      assert.ok(effects.commands.length - routes <= CONCURRENCY, 'commands: as many as the policy says');
      assert.equal(responses.running, effects.commands.length + effects.edits.length);
    };
    const finish = async (which: number, result: Result) => {
      await look();
      const command = effects.commands[which % effects.commands.length];
      if (!command) return;
      ledger.end(command.text, result);
      effects.finish(command.text, { result, detail: undefined });
    };

    for (const action of sequence) {
      if (action.do === 'answer') {
        if (!open.has(action.source)) answers++;
        open.add(action.source);
        responses.answer(caseOf(action.source));
      } else if (action.do === 'undo') {
        open.delete(action.source);
        void responses.undo(caseOf(action.source));
      } else if (action.do === 'finish') {
        await finish(action.which, action.result);
      } else if (action.do === 'edit') {
        await look();
        if (effects.edits.length > 0) effects.finishEdit();
      } else {
        await look();
      }
    }

    for (await look(); responses.running > 0; await look()) {
      while (effects.edits.length > 0) effects.finishEdit();
      await finish(0, 'done');
    }
    assert.equal(responses.waiting, 0, 'nothing waits for ever');
    const addresses = [...open].map((source) => caseOf(source).address).sort();
    assert.deepEqual(
      [...effects.denied].sort(),
      addresses.map((address) => `deny ${address}`),
    );
    for (const subject of ledger.inForce) {
      assert.ok(
        addresses.some((address) => subject.endsWith(` ${address}`)),
        `${subject} was left over`,
      );
    }
    assert.equal(
      told.filter(({ undo }) => !undo).length,
      3 * answers,
      'each response of each answer is told once',
    );
    const done = told.filter(
      ({ undo, result }) => !undo && (result === 'done' || result === 'timed_out'),
    ).length;
    const undone = told.filter(({ undo }) => undo).length;
    assert.equal(
      undone,
      done - ledger.inForce.size - effects.denied.size,
      'and so is each undo of what was done',
    );

    for (let source = 0; source < SOURCES; source++) void responses.undo(caseOf(source));
    for (await look(); responses.running > 0; await look()) {
      while (effects.edits.length > 0) effects.finishEdit();
      await finish(0, 'done');
    }
    assert.deepEqual(
      [[...effects.denied], [...ledger.inForce]],
      [[], []],
      'when all has ended nothing is in force',
    );
  };
  await fc.assert(fc.asyncProperty(actions, fc.boolean(), check), { numRuns: 1000 });
});

test('500 sources against a slow script: all of them, each once, in order, so many at one time', async () => {
  const concurrency = 4;
  const effects = new FakeEffects();
  const told: ResponseEvent[] = [];
  const responses = new Responses(policy({ concurrency }), (event) => told.push(event), effects);
  const addresses = Array.from({ length: 500 }, (_, index) => caseOf(index).address);
  for (let index = 0; index < 500; index++) responses.answer(caseOf(index));
  let most = 0;
  for (await settled(); effects.commands.length > 0; await settled()) {
    const scripts = effects.commands.filter(({ text }) => text.startsWith('script')).length;
    most = Math.max(most, scripts);
    // A route takes no time beside a script.
    const route = effects.commands.find(({ text }) => text.startsWith('route'));
    effects.finish(route?.text);
  }
  assert.equal(most, concurrency);
  assert.equal(told.length, 1500);
  const began = (what: string) => effects.begun.filter((text) => text.startsWith(what));
  for (const what of ['+deny', 'route', 'script']) {
    assert.deepEqual(
      began(what),
      addresses.map((address) => `${what} ${address}`),
      'first come, first served',
    );
  }
  for (const address of addresses) {
    const own = effects.begun.filter((text) => text.endsWith(` ${address}`));
    assert.deepEqual(own, [`+deny ${address}`, `route ${address}`, `script ${address}`]);
  }
  assert.deepEqual([responses.running, responses.waiting, responses.refused], [0, 0, 0]);
});
