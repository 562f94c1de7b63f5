import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Aftermath } from '../../src/aftermath.ts';
import type { PortsentryPolicy } from '../../src/config/policy.ts';
import type { Block } from '../../src/respond/blocks.ts';
import type { Evidence, Mark } from '../../src/respond/marks.ts';
import type { ResponseCase } from '../../src/respond/responses/responses.ts';
import { parsePrefix } from '../../src/values/prefix.ts';

const SOURCE = '2001:db8:1:2::/64';
const evidence: Evidence = { address: '2001:db8:1:2::66', protocol: 'udp', port: 53 };
const common = { prefix: parsePrefix(SOURCE)!, source: SOURCE, addedNs: 0, expiresNs: undefined };

const block = (wanted: Partial<Block> = {}): Block => ({
  ...common,
  origin: 'local',
  reason: 'scan: 53/udp',
  evidence,
  ...wanted,
});
const mark = (by: Mark['by']): Mark => ({ ...common, rule: 'scan', by, evidence });

const PORTSENTRY: PortsentryPolicy = {
  style: '1.2',
  modes: { tcp: 'atcp', udp: 'audp' },
  history: undefined,
  blocked: undefined,
  resolveHost: false,
};

const settled = () => new Promise(setImmediate);

describe('what follows on an answer', () => {
  let done: string[];
  let isRefusing: boolean;
  let isUndone: boolean;
  /** Since when enforcement is on trial. */
  let trialNs: number;
  beforeEach(() => {
    done = [];
    isRefusing = false;
    isUndone = true;
    trialNs = Number.POSITIVE_INFINITY;
  });

  function make(portsentry: PortsentryPolicy | undefined = PORTSENTRY): Aftermath {
    const note = (what: string) => (it: ResponseCase) => {
      done.push(`${what} ${it.by} "${it.source}" ${it.address} ${it.port} ${it.mode}`);
      return !isRefusing;
    };
    const keep = (what: string) => (it: Pick<Evidence, 'protocol' | 'address'>) =>
      done.push(`${what} ${it.protocol} ${it.address}`);
    return new Aftermath({
      portsentry,
      responses: {
        answer: note('answer'),
        undo: async (it) => note('undo')(it) && isUndone,
        resume: note('resume'),
        forget: note('forget'),
      },
      records: { add: keep('add'), remove: keep('remove') },
      isHeld: ({ addedNs = 0 }) => addedNs >= trialNs,
    });
  }

  const ADDRESS = '2001:db8:1:2::66';
  const cases: readonly {
    says: string;
    answer: Block | Mark;
    begun: string[];
    resumed: string[];
    ended: string[];
  }[] = [
    {
      says: 'a block by a rule: its responses, about the address that decided, and a record',
      answer: block(),
      begun: [`answer block "${SOURCE}" ${ADDRESS} 53 audp`, `add udp ${ADDRESS}`],
      resumed: [`resume block "${SOURCE}" ${ADDRESS} 53 audp`],
      ended: [`undo block "${SOURCE}" ${ADDRESS} 53 audp`, `remove udp ${ADDRESS}`],
    },
    {
      says: 'a mark for a command: the command, for each rule by itself, and a record',
      answer: mark('command'),
      begun: [`answer command "${SOURCE} scan" ${ADDRESS} 53 audp`, `add udp ${ADDRESS}`],
      resumed: [`resume command "${SOURCE} scan" ${ADDRESS} 53 audp`],
      ended: [`undo command "${SOURCE} scan" ${ADDRESS} 53 audp`, `remove udp ${ADDRESS}`],
    },
    {
      says: 'a mark for the record: a record and nothing else',
      answer: mark('record'),
      begun: [`add udp ${ADDRESS}`],
      resumed: [],
      ended: [`remove udp ${ADDRESS}`],
    },
    {
      says: 'a block by a person: nothing',
      answer: block({ evidence: undefined, origin: 'operator' }),
      begun: [],
      resumed: [],
      ended: [],
    },
  ];

  for (const { says, answer, begun, resumed, ended } of cases) {
    test(says, () => {
      make().begin(answer);
      assert.deepEqual(done.splice(0), begun);
      make().end(answer, 'lifted');
      assert.deepEqual(done.splice(0), ended);
    });
    test(`${says}; from an earlier run nothing is done again`, () => {
      const aftermath = make();
      aftermath.resume(() => aftermath.begin(answer));
      assert.deepEqual(done.splice(0), resumed);
      aftermath.begin(answer);
      assert.deepEqual(done, begun, 'what begins after that does');
    });
  }

  test('a beginning from an earlier run that fails leaves the next ones as they are', () => {
    const aftermath = make();
    const failing = () =>
      aftermath.resume(() => {
        throw new Error('the table is full');
      });
    assert.throws(failing, /the table is full/);
    aftermath.begin(block());
    assert.match(done[0]!, /^answer block/);
  });

  test('a command that is refused is no answer and on no record; a block is one all the same', () => {
    isRefusing = true;
    const aftermath = make();
    assert.equal(aftermath.begin(mark('command')), false);
    assert.deepEqual(
      done.splice(0).map((line) => line.split(' ')[0]),
      ['answer'],
    );
    assert.equal(aftermath.begin(block()), true);
    assert.deepEqual(
      done.splice(0).map((line) => line.split(' ')[0]),
      ['answer', 'add'],
    );
  });

  const words = () => done.splice(0).map((line) => line.split(' ')[0]);

  test('an answer that ended while nobody was there is taken back now', async () => {
    make().endLate(block());
    await settled();
    assert.deepEqual(words(), ['resume', 'undo', 'remove']);
  });

  test('what is over stays on record until it is taken back, for the next start to do it', async () => {
    isUndone = false;
    make().end(block(), 'expired');
    await settled();
    assert.deepEqual(words(), ['undo']);
    isUndone = true;
    make().end(block(), 'expired');
    assert.deepEqual(words(), ['undo'], 'not before');
    await settled();
    assert.deepEqual(words(), ['remove']);
  });

  test('the record of an answer that begins anew meanwhile stays', async () => {
    const aftermath = make();
    aftermath.end(block(), 'expired');
    aftermath.begin(block());
    await settled();
    assert.deepEqual(words(), ['undo', 'answer', 'add']);
  });

  test('what is forgotten stays done, and leaves the record', () => {
    make().forget(mark('command'));
    assert.deepEqual(
      done.map((line) => line.split(' ')[0]),
      ['forget', 'remove'],
    );
  });

  describe('on trial', () => {
    const [before, meanwhile] = [{ addedNs: 9 }, { addedNs: 10 }];
    beforeEach(() => {
      trialNs = 10;
    });

    test('nothing follows on what was made meanwhile, nor on its end', () => {
      const it = make();
      for (const answer of [block(meanwhile), { ...mark('command'), ...meanwhile }]) {
        assert.equal(it.begin(answer), true, 'it counts as answered');
        it.forget(answer);
        for (const cause of ['lifted', 'expired'] as const) it.end(answer, cause);
      }
      assert.deepEqual(done, []);
    });

    test('what was made before ends as ever', () => {
      make().end(block(before), 'lifted');
      assert.deepEqual(
        done.map((line) => line.split(' ')[0]),
        ['undo', 'remove'],
      );
    });

    test('what comes from an earlier run goes on', () => {
      const it = make();
      it.resume(() => it.begin(block(meanwhile)));
      assert.deepEqual(
        done.map((line) => line.split(' ')[0]),
        ['resume'],
      );
    });

    test('what was made meanwhile has its answer once it is confirmed', () => {
      const it = make();
      it.begin(block(meanwhile));
      trialNs = Number.POSITIVE_INFINITY;
      it.begin(block(meanwhile));
      assert.deepEqual(
        done.map((line) => line.split(' ')[0]),
        ['answer', 'add'],
      );
    });
  });

  for (const [says, portsentry] of [
    ['without PortSentry', undefined],
    ['without a mode for the protocol', { ...PORTSENTRY, modes: { tcp: 'atcp', udp: undefined } }],
  ] as const) {
    test(`${says} the mode is the protocol`, () => {
      new Aftermath({
        portsentry,
        responses: {
          answer: ({ mode }) => done.push(mode) > 0,
          undo: async () => true,
          resume() {},
          forget() {},
        },
        records: { add() {}, remove() {} },
        isHeld: () => false,
      }).begin(block());
      assert.deepEqual(done, ['udp']);
    });
  }
});
