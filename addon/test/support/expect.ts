import assert from 'node:assert/strict';
import type { BpfError } from 'bpf-loader-native';

/** Asserts that `action` throws a BpfError of that code and syscall, and returns it. */
export function throwsBpfError(action: () => unknown, code: string, syscall: string): BpfError {
  try {
    action();
  } catch (error) {
    assert(error instanceof Error);
    const { code: actualCode, syscall: actualSyscall } = error as BpfError;
    assert.deepEqual([actualCode, actualSyscall], [code, syscall], error.message);
    return error as BpfError;
  }
  assert.fail(`nothing was thrown, but ${code} of ${syscall} was expected`);
}

export function throwsClosed(action: () => unknown, method: string): void {
  throwsBpfError(action, 'ERR_BPF_CLOSED', method);
}

/** Asserts a RangeError with exactly that message. */
export function throwsRange(action: () => unknown, message: string | RegExp): void {
  assert.throws(action, { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message });
}

/** Asserts a TypeError with exactly that message. */
export function throwsType(action: () => unknown, message: string | RegExp): void {
  assert.throws(action, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message });
}
