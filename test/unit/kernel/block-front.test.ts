import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BlockFront } from '../../../src/kernel/block-front.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { prefixOf as prefixOfWords } from '../../../src/values/prefix-columns.ts';
import { prefixes, prefixesOf } from '../../support/arbitrary-prefix.ts';
import { FrontModel, frontMemory } from '../../support/kernel-model/front.ts';

const SEED = 0x5eed;
const prefixOf = (text: string): Prefix => parsePrefix(text)!;
/** As many different addresses of IPv4 as there are numbers. */
const address = (number: number): Prefix => prefixOfWords(4, [Math.imul(number, 0x9e37_79b1) >>> 0], 32);

/** A front with a block table of the test's own behind it. */
class Bench {
  readonly front: BlockFront;
  readonly model: FrontModel;
  readonly table = new Map<string, Prefix>();

  constructor(capacity: number, seed = SEED) {
    const memory = frontMemory(capacity);
    this.front = new BlockFront(memory, capacity, seed);
    this.model = new FrontModel(memory, seed);
  }

  add(prefix: Prefix): void {
    if (this.table.has(formatPrefix(prefix))) return;
    this.front.admit(prefix);
    this.table.set(formatPrefix(prefix), prefix);
  }

  remove(prefix: Prefix): void {
    if (this.table.delete(formatPrefix(prefix))) this.front.release(prefix);
  }

  /** A block of the kernel's own; unless its event is lost, the controller hears of it. */
  addKernelBlock(prefix: Prefix, isTold = true): void {
    if (this.table.has(formatPrefix(prefix))) return;
    this.table.set(formatPrefix(prefix), prefix);
    this.model.addKernelBlock(prefix.family, prefix.bytes, prefix.length);
    if (isTold) this.front.noteKernelBlock();
  }

  asks({ family, bytes, length }: Prefix): boolean {
    return this.model.asks(family, bytes, length);
  }

  /** Every block of the table is looked for, when a packet comes from its first address or its last. */
  checkAll(): void {
    for (const [text, prefix] of this.table) {
      assert.ok(this.asks(prefix), `${text} is in force and not looked for`);
      const { family, length } = prefix;
      const last = prefix.bytes.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, length - at * 8))));
      if (family === 4) last.fill(0, 4);
      assert.ok(this.model.asks(family, last, length), `the end of ${text} is not looked for`);
    }
  }

  /** The whole refill; answers how often it paused. */
  refill(): number {
    return [...this.front.refill(this.table.values())].length;
  }

  /** Refills as long as one is wanted; answers how many it took. */
  settle(): number {
    let refills = 0;
    for (; this.front.wantsRefill; refills++) {
      assert.ok(refills < 20, 'one refill after the other');
      this.refill();
    }
    return refills;
  }
}

describe('what is asked before the block table', () => {
  it('of what was never admitted hardly anything is looked for', () => {
    const bench = new Bench(4096);
    for (let number = 0; number < 1000; number++) bench.add(address(number));
    let asked = 0;
    for (let number = 100_000; number < 110_000; number++) if (bench.asks(address(number))) asked++;
    assert.ok(asked < 200, `${asked} of 10,000`);
  });

  it('nothing is looked for while there is nothing', () => {
    const bench = new Bench(16);
    fc.assert(fc.property(prefixes, (network) => !bench.asks(network)));
  });

  it('each block is looked for, whatever its length', () => {
    fc.assert(
      fc.property(fc.array(prefixes, { maxLength: 50 }), fc.nat(0xffff_ffff), (all, seed) => {
        const bench = new Bench(64, seed);
        for (const network of all) bench.add(network);
        bench.checkAll();
      }),
    );
  });

  it('a length of which no block is left is looked for no more', () => {
    const bench = new Bench(16);
    for (const text of ['203.0.113.0/24', '203.0.113.7', '2001:db8::/48', '2001:db8::/64', '2001:db8::1']) {
      const block = prefixOf(text);
      bench.add(block);
      assert.ok(bench.asks(block), text);
      bench.remove(block);
      assert.ok(!bench.asks(block), text);
    }
  });

  it('a block of the kernel’s own is looked for, when its length was expected', () => {
    const bench = new Bench(16);
    for (const text of ['203.0.113.7', '2001:db8:7::/48', 'fe80::7']) {
      const block = prefixOf(text);
      bench.front.expect(block);
      bench.addKernelBlock(block);
      bench.checkAll();
      bench.remove(block);
      bench.addKernelBlock(block);
      bench.checkAll();
    }
  });

  it('lifting a block of the kernel’s own takes nothing from the blocks of others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 63 }),
        fc.array(prefixesOf(6, 8, 63), { maxLength: 20 }),
        (length, all) => {
          const bench = new Bench(64);
          const own = all.map(({ bytes }) => prefixOfWords(6, [(bytes[0]! << 24) >>> 0, 0, 0, 0], length));
          bench.front.expect({ family: 6, length });
          for (const block of own) bench.addKernelBlock(block);
          for (const block of all) bench.add(block);
          for (const block of own) bench.remove(block);
          bench.checkAll();
          for (const block of all) bench.remove(block);
          for (const block of own) bench.addKernelBlock(block);
          bench.checkAll();
        },
      ),
    );
  });
});

describe('a filter that is filled anew', () => {
  it('is wanted when it has become too crowded, and has the right size then', () => {
    const bench = new Bench(1_000_000);
    assert.equal(bench.front.wantsRefill, false);
    const sizes = [bench.model.size];
    for (let number = 0; number < 20_000; number++) {
      bench.add(address(number));
      if (!bench.front.wantsRefill) continue;
      bench.refill();
      assert.equal(bench.front.wantsRefill, false);
      sizes.push(bench.model.size);
    }
    bench.checkAll();
    // Keys a word: two when it is made, four when it is crowded; so it doubles each time.
    assert.deepEqual(sizes, [512, 1025, 2051, 4103, 8207]);
  });

  it('is wanted when half of it has gone, and is smaller then', () => {
    const bench = new Bench(1_000_000);
    for (let number = 0; number < 20_000; number++) bench.add(address(number));
    bench.settle();
    const size = bench.model.size;
    for (let number = 0; number < 10_000; number++) bench.remove(address(number));
    assert.equal(bench.front.wantsRefill, false);
    bench.remove(address(10_000));
    assert.equal(bench.front.wantsRefill, true);
    assert.equal(bench.settle(), 1);
    assert.ok(bench.model.size <= size / 2, `${bench.model.size} words after ${size}`);
    bench.checkAll();
    const gone = Array.from({ length: 10_000 }, (_, number) => address(number));
    assert.ok(
      gone.filter((it) => bench.asks(it)).length < 300,
      'what has gone is hardly looked for any more',
    );
  });

  it('is not wanted for a few that come and go', () => {
    const bench = new Bench(1_000_000);
    for (let number = 0; number < 1000; number++) {
      bench.add(address(number));
      bench.remove(address(number));
      assert.equal(bench.front.wantsRefill, false, `after ${number}`);
    }
  });

  it('is not wanted for ever by a table that is full, or whose filter is as large as its memory', () => {
    for (const capacity of [1, 100, 3000, 200_000]) {
      const bench = new Bench(capacity);
      for (let number = 0; number < Math.min(capacity, 9000); number++) bench.add(address(number));
      bench.settle();
      assert.equal(bench.front.wantsRefill, false);
      // As an instant block that finds no room: admitted, and released at once.
      for (let number = 0; number < 5000; number++) {
        bench.front.admit(address(9000));
        bench.front.release(address(9000));
      }
      assert.ok(bench.settle() <= 1, `${capacity}`);
      bench.checkAll();
    }
  });

  it('has room for blocks of the kernel’s own whose events were lost, at the latest the second time', () => {
    const bench = new Bench(1_000_000);
    bench.front.expect({ family: 4, length: 32 });
    for (let number = 0; number < 10_000; number++) bench.addKernelBlock(address(number), number < 2049);
    assert.equal(bench.front.wantsRefill, true);
    assert.equal(bench.settle(), 2);
    assert.ok(bench.model.size >= 10_000 / 4);
    bench.checkAll();
  });

  it('pauses again and again', () => {
    const bench = new Bench(1_000_000);
    for (let number = 0; number < 50_000; number++) bench.add(address(number));
    assert.ok(bench.refill() >= 50_000 / 4096);
  });

  it('is not wanted while one is being filled', () => {
    const bench = new Bench(10_000);
    for (let number = 0; number < 5000; number++) bench.add(address(number));
    const steps = bench.front.refill(bench.table.values());
    steps.next();
    assert.equal(bench.front.wantsRefill, false);
    for (const _ of steps);
  });

  for (const { says, end } of [
    {
      says: 'a walk that fails',
      end: (steps: Generator) => assert.throws(() => steps.throw(new Error('EIO')), /EIO/),
    },
    { says: 'a walk that is given up', end: (steps: Generator) => void steps.return(undefined) },
  ]) {
    it(`${says} leaves the old filter in force, and the next one does it`, () => {
      const bench = new Bench(20_000);
      for (let number = 0; number < 10_000; number++) bench.add(address(number));
      const steps = bench.front.refill(bench.table.values());
      steps.next();
      steps.next();
      const size = bench.model.size;
      end(steps);
      assert.equal(bench.model.size, size);
      bench.checkAll();
      bench.add(prefixOf('198.51.100.0/24'));
      assert.equal(bench.settle(), 1);
      assert.ok(bench.model.size > size);
      bench.checkAll();
    });
  }
});

type Op = { readonly kind: 'add' | 'remove' | 'kernel'; readonly which: number };

describe('while a filter is filled', () => {
  const op: fc.Arbitrary<Op> = fc.record({
    kind: fc.constantFrom('add', 'remove', 'kernel'),
    which: fc.nat(29),
  });

  it('nothing that is in force is ever not looked for, whatever comes and goes meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(prefixes, { minLength: 30, maxLength: 30 }),
        fc.array(op, { maxLength: 30 }),
        fc.array(fc.array(op, { maxLength: 3 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (pool, before, during, refills) => {
          const bench = new Bench(64);
          for (const length of [64, 128]) bench.front.expect({ family: 6, length });
          bench.front.expect({ family: 4, length: 32 });
          const todo = [...during];
          before.forEach(perform);
          bench.checkAll();
          for (let refill = 0; refill < refills; refill++) {
            // Between the steps, and, as the kernel does, between one entry of the walk and the next.
            for (const _ of bench.front.refill(walk())) meanwhile();
            meanwhile();
          }
          bench.settle();
          bench.checkAll();

          function perform({ kind, which }: Op): void {
            const prefix = pool[which]!;
            if (kind === 'add') bench.add(prefix);
            else if (kind === 'remove') bench.remove(prefix);
            else
              bench.addKernelBlock(
                prefix.family === 4 ? host(prefix, 32) : host(prefix, which % 2 ? 64 : 128),
              );
          }

          function meanwhile(): void {
            todo.shift()?.forEach(perform);
            bench.checkAll();
          }

          /** As the kernel's: what is there from the beginning to the end is met, what comes meanwhile is not. */
          function* walk(): Generator<Prefix> {
            for (const [text, prefix] of [...bench.table]) {
              meanwhile();
              if (bench.table.has(text)) yield prefix;
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** The source of that length around the network's first address. */
const host = ({ family, bytes }: Prefix, length: number): Prefix =>
  prefixOf(
    formatPrefix({ family, bytes, length: family === 4 ? 32 : 128 }) + (family === 4 ? '' : `/${length}`),
  );
