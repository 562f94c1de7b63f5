import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BpfMap, BpfObject, type BpfProgram, PROGRAM_FLAG_XDP_HAS_FRAGS } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { KIT_PATH, loadKit, REFUSED_PATH, readU32, SMALLEST_PACKET, u32, u64 } from './support/kit.ts';

const skip = needs('bpf');
const anyPacket = new Uint8Array(SMALLEST_PACKET);

describe('opening an object', { skip }, () => {
  test('a file that is not there is ENOENT, and libbpf says so too', () => {
    const error = throwsBpfError(() => BpfObject.open('/nowhere.o'), 'ENOENT', 'bpf_object__open_file');
    assert.equal(error.errno, -2);
    assert.match(error.message, /^ENOENT: No such file or directory, bpf_object__open_file '\/nowhere\.o'$/);
    assert.match(error.log, /nowhere\.o/);
  });

  test('a file that is no ELF object is refused by its format', () => {
    const self = new URL(import.meta.url).pathname;
    const error = throwsBpfError(() => BpfObject.open(self), 'LIBBPF_ERRNO__FORMAT', 'bpf_object__open_file');
    assert.equal(error.errno, -4001);
  });

  test('a path must be a string without NUL', () => {
    throwsType(() => BpfObject.open(7 as unknown as string), 'path must be a string');
    throwsType(() => BpfObject.open('a\0b'), 'path must not contain NUL characters');
  });

  test('the names of maps include those of data sections', () => {
    const object = BpfObject.open(KIT_PATH);
    const names = object.mapNames();
    assert(names.includes('hash') && names.includes('events') && names.some((name) => name.endsWith('.bss')));
    object.close();
  });

  test('there is no other way to make one', () => {
    const Constructor = BpfObject as unknown as new (...args: unknown[]) => unknown;
    throwsType(() => new Constructor(), 'BpfObject has no public constructor');
    throwsType(() => new Constructor({}), 'BpfObject has no public constructor');
  });
});

describe('changing an object before it is loaded', { skip }, () => {
  const verdictOf = (prepare: (object: BpfObject) => void) => {
    const object = BpfObject.open(KIT_PATH);
    prepare(object);
    object.load();
    const { verdict } = object.program('tuned').testRun({ data: anyPacket });
    object.close();
    return verdict;
  };

  test('tunables reach the program', () => {
    assert.equal(
      verdictOf(() => {}),
      2_001_002,
    );
    assert.equal(
      verdictOf((object) => {
        object.setTunable('tune_verdict', u32(5));
        object.setTunable('tune_small', Uint8Array.of(9));
        object.setTunable('tune_struct', new Uint8Array([...u64(0n), ...u64(4n)]));
      }),
      4_009_005,
    );
  });

  test('a tunable needs exactly its size, and to be in .rodata', () => {
    const object = BpfObject.open(KIT_PATH);
    throwsRange(
      () => object.setTunable('tune_verdict', new Uint8Array(3)),
      'tune_verdict: expected 4 bytes, got 3',
    );
    throwsRange(
      () => object.setTunable('tune_small', new Uint8Array(4)),
      'tune_small: expected 1 bytes, got 4',
    );
    throwsBpfError(() => object.setTunable('nothing', u32(1)), 'ENOENT', 'btf__find_by_name_kind');
    throwsBpfError(() => object.setTunable('sequence', u64(1n)), 'ENOENT', 'btf__find_by_name_kind');
    throwsType(
      () => object.setTunable('tune_verdict', 5 as unknown as Uint8Array),
      'tune_verdict must be a Uint8Array',
    );
    object.close();
  });

  test('the capacity of a map', () => {
    const object = BpfObject.open(KIT_PATH);
    object.setMaxEntries('hash', 77);
    throwsBpfError(() => object.setMaxEntries('nothing', 1), 'ENOENT', 'bpf_object__find_map_by_name');
    throwsRange(
      () => object.setMaxEntries('hash', 1.5),
      'maxEntries: expected an integer from 0 to 4294967295, got 1.5',
    );
    throwsRange(() => object.setMaxEntries('hash', 2 ** 32), /got 4294967296$/);
    throwsRange(() => object.setMaxEntries('hash', -1), /got -1$/);
    throwsRange(() => object.setMaxEntries('hash', Number.NaN), /got NaN$/);
    throwsType(() => object.setMaxEntries('hash', '5' as unknown as number), 'maxEntries must be a number');
    object.load();
    assert.equal(object.map('hash').info.maxEntries, 77);
    object.close();
  });

  test('load flags of a program: the kernel refuses ones that it does not know, and those only', () => {
    const good = BpfObject.open(KIT_PATH);
    good.addProgramFlags('pass', PROGRAM_FLAG_XDP_HAS_FRAGS);
    good.load();
    good.close();
    const bad = BpfObject.open(KIT_PATH);
    bad.addProgramFlags('pass', 0x8000_0000);
    throwsBpfError(() => bad.load(), 'EINVAL', 'bpf_object__load');
    bad.close();
  });

  test('flags are added to those that are there', () => {
    const object = BpfObject.open(KIT_PATH);
    object.addProgramFlags('pass', 0x8000_0000);
    object.addProgramFlags('pass', PROGRAM_FLAG_XDP_HAS_FRAGS);
    throwsBpfError(() => object.load(), 'EINVAL', 'bpf_object__load');
    throwsBpfError(
      () => BpfObject.open(KIT_PATH).addProgramFlags('nothing', 1),
      'ENOENT',
      'bpf_object__find_program_by_name',
    );
    object.close();
  });

  test('a map of another object stands in for its own', () => {
    const first = loadKit();
    const kept = first.map('hash');
    first.close();
    const second = BpfObject.open(KIT_PATH);
    second.reuseMap('hash', kept);
    second.load();
    second.map('hash').set(u32(1), u64(2n));
    assert.deepEqual(kept.get(u32(1)), u64(2n));
    assert.equal(second.map('hash').info.id, kept.info.id);
    second.close();
  });

  test('but not one of another shape, nor something else', () => {
    const donor = loadKit();
    const object = BpfObject.open(KIT_PATH);
    throwsBpfError(() => object.reuseMap('hash', donor.map('lru_hash')), 'EINVAL', 'bpf_map__reuse_fd');
    throwsBpfError(() => object.reuseMap('hash', donor.map('odd_hash')), 'EINVAL', 'bpf_map__reuse_fd');
    const program = donor.program('pass') as unknown as BpfMap;
    throwsType(() => object.reuseMap('hash', program), 'map must be a BpfMap');
    throwsType(() => object.reuseMap('hash', Object.setPrototypeOf(program, donor.map('hash'))), /BpfMap$/);
    donor.close();
    object.close();
  });
});

describe('loading', { skip }, () => {
  test("a refused program: the error carries the verifier's words", () => {
    const object = BpfObject.open(REFUSED_PATH);
    const error = throwsBpfError(() => object.load(), 'EACCES', 'bpf_object__load');
    assert.equal(error.errno, -13);
    assert.match(error.log, /invalid access to packet/);
    assert.match(error.log, /reads_too_far/);
    object.close();
  });

  test('an error holds the words of its own call only', () => {
    const object = BpfObject.open(REFUSED_PATH);
    throwsBpfError(() => object.load(), 'EACCES', 'bpf_object__load');
    const error = throwsBpfError(() => BpfObject.open('/nowhere.o'), 'ENOENT', 'bpf_object__open_file');
    assert.doesNotMatch(error.log, /packet/);
    object.close();
  });

  test('happens once, and ends the time for changes', () => {
    const object = loadKit();
    throwsBpfError(() => object.load(), 'EBUSY', 'BpfObject.load');
    throwsBpfError(() => object.setTunable('tune_verdict', u32(1)), 'EBUSY', 'BpfObject.setTunable');
    throwsBpfError(() => object.setMaxEntries('hash', 1), 'EBUSY', 'BpfObject.setMaxEntries');
    throwsBpfError(() => object.addProgramFlags('pass', 1), 'EBUSY', 'BpfObject.addProgramFlags');
    throwsBpfError(() => object.reuseMap('hash', object.map('hash')), 'EBUSY', 'BpfObject.reuseMap');
    object.close();
  });

  test('and not again after a failure', () => {
    const object = BpfObject.open(REFUSED_PATH);
    throwsBpfError(() => object.load(), 'EACCES', 'bpf_object__load');
    const error = throwsBpfError(() => object.load(), 'EBUSY', 'BpfObject.load');
    assert.match(error.message, /loading the object failed/);
    throwsBpfError(() => object.program('reads_too_far'), 'EINVAL', 'BpfObject.program');
    object.close();
  });
});

describe('handles of an object', { skip }, () => {
  test('come only after it is loaded, and by right names', () => {
    const object = BpfObject.open(KIT_PATH);
    throwsBpfError(() => object.map('hash'), 'EINVAL', 'BpfObject.map');
    throwsBpfError(() => object.program('pass'), 'EINVAL', 'BpfObject.program');
    object.load();
    throwsBpfError(() => object.map('pass'), 'ENOENT', 'bpf_object__find_map_by_name');
    throwsBpfError(() => object.program('hash'), 'ENOENT', 'bpf_object__find_program_by_name');
    object.close();
  });

  test('outlive it, and each other', () => {
    const object = loadKit();
    const first = object.map('hash');
    const second = object.map('hash');
    const program: BpfProgram = object.program('pass');
    object.close();
    first.set(u32(3), u64(4n));
    first.close();
    assert.equal(readU32(second.get(u32(3))!), 4);
    assert.equal(program.testRun({ data: anyPacket }).verdict, 2);
    second.close();
    program.close();
  });

  test('nothing works after close(), except close()', () => {
    const donor = loadKit();
    const object = loadKit();
    object.close();
    object.close();
    throwsClosed(() => object.load(), 'BpfObject.load');
    throwsClosed(() => object.mapNames(), 'BpfObject.mapNames');
    throwsClosed(() => object.map('hash'), 'BpfObject.map');
    throwsClosed(() => object.program('pass'), 'BpfObject.program');
    throwsClosed(() => object.setTunable('tune_verdict', u32(1)), 'BpfObject.setTunable');
    throwsClosed(() => object.setMaxEntries('hash', 1), 'BpfObject.setMaxEntries');
    throwsClosed(() => object.addProgramFlags('pass', 1), 'BpfObject.addProgramFlags');
    throwsClosed(() => object.reuseMap('hash', donor.map('hash')), 'BpfObject.reuseMap');
    donor.close();
  });
});
