import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestRunEachOptions } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { loadKit, openRing, range, SMALLEST_PACKET, u32, u64 } from './support/kit.ts';

/** Packets one behind the other. */
function packed(...packets: readonly Uint8Array[]): Pick<TestRunEachOptions, 'data' | 'ends' | 'count'> {
  let end = 0;
  const ends = packets.map(({ length }) => {
    end += length;
    return end;
  });
  return { data: Buffer.concat(packets), ends: u32(...ends), count: packets.length };
}

/** What the program `emit` writes that many records for. */
const emitting = (count: number): Uint8Array => u32(count, 7, 0, 0);

const packet = Uint8Array.from(range(SMALLEST_PACKET));

describe('test runs on many packets', { skip: needs('bpf') }, () => {
  test('run once on each, and tell what came out', () => {
    const object = loadKit();
    const verdicts = new Uint8Array(3);
    const packets = packed(packet, new Uint8Array(3400), packet);
    assert.equal(object.program('tally').testRunEach({ ...packets, verdicts }), 3);
    assert.deepEqual([...verdicts], [1, 1, 1]);
    assert.deepEqual(object.map('shared_array').get(u32(0)), u32(3, 0, 0));
    object.close();
  });

  test('begin with the packet that is asked for', () => {
    const object = loadKit();
    const verdicts = new Uint8Array(3).fill(0xee);
    const packets = packed(packet, packet, packet);
    assert.equal(object.program('pass').testRunEach({ ...packets, first: 2, verdicts }), 3);
    assert.deepEqual([...verdicts], [0xee, 0xee, 2]);
    assert.equal(object.program('pass').testRunEach({ ...packets, first: 3 }), 3);
    object.close();
  });

  test('end with the packet that has left a record', () => {
    const { object, ring, batches, close } = openRing(64);
    const program = object.program('emit');
    const until = object.map('events');
    const packets = packed(emitting(0), emitting(2), emitting(0), emitting(1), emitting(0));
    const ended: number[] = [];
    for (let first = 0; first < packets.count; ring.drain()) {
      first = program.testRunEach({ ...packets, first, until });
      ended.push(first);
    }
    assert.deepEqual(ended, [2, 4, 5]);
    assert.deepEqual(batches, [[0, 1], [2]]);
    close();
  });

  test('each packet has its note in its place', () => {
    const { object, ring, batches, close } = openRing(64);
    const sequence = new Uint8Array(object.map('.bss').mmap(), 0, 8);
    const packets = packed(emitting(1), emitting(1), emitting(1));
    const notes = u64(70n, 20n, 90n);
    object.program('emit').testRunEach({ ...packets, notes, place: sequence });
    ring.drain();
    assert.deepEqual(batches, [[70, 20, 90]]);
    close();
  });

  test("the kernel's refusal names the packet, and those before have been run on", () => {
    const object = loadKit();
    const packets = packed(packet, packet.subarray(1), packet);
    const error = throwsBpfError(
      () => object.program('tally').testRunEach(packets),
      'EINVAL',
      'BPF_PROG_TEST_RUN',
    );
    assert.match(error.message, /packet 1/);
    assert.deepEqual(object.map('shared_array').get(u32(0)), u32(1, 0, 0));
    object.close();
  });

  test('options have their types and ranges', () => {
    const object = loadKit();
    const program = object.program('pass');
    const good = packed(packet, packet);
    const run = (options: object) => () => program.testRunEach({ ...good, ...options } as TestRunEachOptions);
    throwsType(() => program.testRunEach(undefined as never), 'options must be an object');
    throwsType(run({ data: [] }), 'data must be a Uint8Array');
    throwsType(run({ ends: new Uint32Array(2) }), 'ends must be a Uint8Array');
    throwsType(run({ until: {} }), 'until must be a BpfMap');
    throwsRange(run({ ends: u32(SMALLEST_PACKET) }), /^ends: expected at least 2 \* 4 bytes, got 4/);
    throwsRange(run({ ends: u32(28, 14) }), /^ends: packet 1 goes from byte 28 to 14 of 28/);
    throwsRange(run({ ends: u32(14, 29) }), /^ends: packet 1 goes from byte 14 to 29 of 28/);
    throwsRange(run({ first: 3 }), /^first: expected an integer from 0 to 2/);
    throwsRange(run({ verdicts: new Uint8Array(1) }), /^verdicts: expected at least 2 \* 1 bytes/);
    throwsRange(
      run({ notes: new Uint8Array(7), place: new Uint8Array(4) }),
      /^notes: expected at least 2 \* 4 bytes, got 7/,
    );
    program.close();
    throwsClosed(run({}), 'BpfProgram.testRunEach');
    object.close();
  });

  test('a getter that takes the packets away is too late', () => {
    const object = loadKit();
    const data = new Uint8Array(64);
    const options = {
      data,
      ends: u32(64),
      count: 1,
      get first() {
        data.buffer.transfer();
        return 0;
      },
    };
    throwsRange(() => object.program('pass').testRunEach(options), /^ends: packet 0 goes/);
    object.close();
  });
});
