import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { capabilities, has, namesIn, parseCapability, setOf } from '../../../src/values/capabilities.ts';

test('each has the number that Linux gives it', () => {
  const header = readFileSync('/usr/include/linux/capability.h', 'utf8');
  const numbers = [...header.matchAll(/^#define CAP_([A-Z_]+)\s+(\d+)$/gm)].map(([, name, number]) => [
    name!.toLowerCase(),
    Number(number),
  ]);
  assert.ok(numbers.length >= 41);
  for (const [name, number] of numbers) assert.equal(capabilities[number as number] ?? name, name);
});

test('a set has those that were put in, and tells their names in the order of their numbers', () => {
  const set = setOf(['bpf', 'chown', 'net_admin', 'bpf']);
  assert.equal(set, 0x80_0000_1001n);
  assert.deepEqual(namesIn(set), ['CAP_CHOWN', 'CAP_NET_ADMIN', 'CAP_BPF']);
  assert.deepEqual([has(set, 'bpf'), has(set, 'perfmon')], [true, false]);
  assert.deepEqual(namesIn(0n), []);
  assert.deepEqual(namesIn(setOf([...capabilities])).length, capabilities.length);
});

test('one that a newer kernel has is told by its number', () => {
  assert.deepEqual(namesIn(1n << 63n), ['CAP_63']);
});

test('names are read with CAP_ and without it, in any case', () => {
  for (const text of ['net_raw', 'CAP_NET_RAW', 'cap_Net_Raw'])
    assert.equal(parseCapability(text), 'net_raw');
  for (const text of ['', 'cap_', 'net-raw', 'capnet_raw', 'net_raw ', '13'])
    assert.equal(parseCapability(text), undefined);
});
