import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type BpfMap,
  BpfProgram,
  interfaceIndex,
  programName,
  TEST_RUN_XDP_LIVE_FRAMES,
  type TestRunOptions,
} from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { loadKit, range, SMALLEST_PACKET, u32 } from './support/kit.ts';
import { makePinDirectory } from './support/pin-directory.ts';

const skip = needs('bpf');
const data = Uint8Array.from(range(SMALLEST_PACKET));

function openProgram(name: string): BpfProgram {
  const object = loadKit();
  const program = object.program(name);
  object.close();
  return program;
}

/** `struct xdp_md` for a packet of `size` bytes that came in by interface `ifindex`. */
function xdpContext(size: number, ifindex: number): Uint8Array {
  return u32(0, size, 0, ifindex, 0, 0);
}

describe('what a program says of itself', { skip }, () => {
  test('name, id and size', () => {
    const program = openProgram('emit');
    assert.equal(program.name, 'emit');
    assert.equal(programName(program.id), 'emit');
    assert(program.stats.instructions > 10);
    assert(program.stats.verifiedInstructions > program.stats.instructions, 'there is a loop in it');
  });

  test('a program that has gone has no name', () => {
    const program = openProgram('pass');
    const { id } = program;
    program.close();
    // The kernel frees it after a grace period; until then its number may still be answered.
    for (const deadline = Date.now() + 10_000; programName(id) !== undefined; ) {
      assert(Date.now() < deadline, 'the program never goes');
    }
  });
});

describe('test runs', { skip }, () => {
  test('give back verdict, packet and time', () => {
    const { verdict, data: after, durationNs } = openProgram('pass').testRun({ data });
    assert.equal(verdict, 2);
    assert.deepEqual(after, data);
    assert(durationNs > 0 && durationNs < 1e9);
    assert.equal(openProgram('drop').testRun({ data }).verdict, 1);
  });

  test('a packet that the program lengthens comes back whole', () => {
    const grown = openProgram('grow').testRun({ data }).data;
    assert.deepEqual([...grown], [...new Array(8).fill(0xee), ...data]);
    assert.equal(grown.buffer.byteLength, grown.length, 'no more is handed out than was written');
  });

  test('a packet of a page, less what XDP keeps free', () => {
    const big = new Uint8Array(3400).fill(7);
    assert.deepEqual(openProgram('pass').testRun({ data: big }).data, big);
  });

  test('the bytes of a view, and no others', () => {
    const around = Uint8Array.from([9, 9, 9, ...data, 9, 9]);
    const view = around.subarray(3, 3 + data.length);
    assert.deepEqual(openProgram('pass').testRun({ data: view }).data, data);
  });

  test('repeat runs it as often', () => {
    const object = loadKit();
    object.program('tally').testRun({ data, repeat: 100 });
    assert.deepEqual(object.map('shared_array').get(u32(0)), u32(100, 0, 0));
    object.close();
  });

  test('the context', () => {
    const loopback = interfaceIndex('lo');
    const run = (context: Uint8Array) => openProgram('incoming').testRun({ data, context });
    assert.equal(run(xdpContext(data.length, loopback)).verdict, loopback);
    throwsBpfError(() => run(xdpContext(data.length + 1, loopback)), 'EINVAL', 'BPF_PROG_TEST_RUN');
  });

  test('live frames run it too, and give no packet back', () => {
    const object = loadKit();
    const context = xdpContext(data.length, interfaceIndex('lo'));
    const flags = TEST_RUN_XDP_LIVE_FRAMES;
    const result = object.program('tally').testRun({ data, context, flags, repeat: 128, batchSize: 32 });
    assert.equal(result.data.length, 0);
    assert.deepEqual(object.map('shared_array').get(u32(0)), u32(128, 0, 0));
    object.close();
  });

  test("the kernel's refusals come through", () => {
    const program = openProgram('pass');
    const run = (options: TestRunOptions) => () => program.testRun(options);
    throwsBpfError(run({ data: data.subarray(1) }), 'EINVAL', 'BPF_PROG_TEST_RUN');
    throwsBpfError(run({ data: new Uint8Array() }), 'EINVAL', 'BPF_PROG_TEST_RUN');
    throwsBpfError(run({ data, flags: 0x4000_0000 }), 'EINVAL', 'BPF_PROG_TEST_RUN');
    throwsBpfError(run({ data, batchSize: 1 }), 'EINVAL', 'BPF_PROG_TEST_RUN');
  });

  test('options have their types and ranges', () => {
    const program = openProgram('pass');
    const run = (options: unknown) => () => program.testRun(options as TestRunOptions);
    throwsType(run(undefined), 'options must be an object');
    throwsType(run({}), 'data must be a Uint8Array');
    throwsType(run({ data, context: [] }), 'context must be a Uint8Array');
    throwsType(run({ data, repeat: '1' }), 'repeat must be a number');
    throwsRange(run({ data, repeat: 2 ** 31 }), /^repeat: expected an integer from 0 to 2147483647/);
    throwsRange(run({ data, flags: -1 }), /^flags: expected/);
    throwsRange(run({ data, batchSize: 0.5 }), /^batchSize: expected/);
    assert.equal(program.testRun({ data, ...JSON.parse('{}') }).verdict, 2);
  });

  test('a getter that takes the packet away is too late', () => {
    const packet = new Uint8Array(64);
    const options = {
      data: packet,
      get flags() {
        packet.buffer.transfer();
        return 0;
      },
    };
    throwsBpfError(() => openProgram('pass').testRun(options), 'EINVAL', 'BPF_PROG_TEST_RUN');
  });

  test('a getter that closes the program is in time', () => {
    const program = openProgram('pass');
    const options = {
      data,
      get flags() {
        program.close();
        return 0;
      },
    };
    throwsClosed(() => program.testRun(options), 'BpfProgram.testRun');
  });
});

describe('pins of programs', { skip: needs('bpf', 'bpffs') }, () => {
  test('keep it', () => {
    using directory = makePinDirectory();
    const path = join(directory.path, 'program');
    const program = openProgram('drop');
    program.pin(path);
    program.close();
    const again = BpfProgram.openPinned(path);
    assert.equal(again.id, program.id);
    assert.equal(again.testRun({ data }).verdict, 1);
  });

  test('a pin of a map is no program', () => {
    using directory = makePinDirectory();
    const path = join(directory.path, 'pin');
    const object = loadKit();
    const map: BpfMap = object.map('hash');
    map.pin(path);
    throwsBpfError(() => BpfProgram.openPinned(path), 'EINVAL', 'bpf_obj_get');
    object.close();
  });
});

test('nothing works after close(), except close()', { skip }, () => {
  const program = openProgram('pass');
  program.close();
  program.close();
  throwsClosed(() => program.testRun({ data }), 'BpfProgram.testRun');
  throwsClosed(() => program.pin('/sys/fs/bpf/never'), 'BpfProgram.pin');
  assert.equal(program.name, 'pass', 'what was read at first stays');
});
