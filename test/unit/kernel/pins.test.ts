import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePins, placeOf } from '../../../src/kernel/pins.ts';

test('a directory of pins says whose it is', () => {
  const path = '/sys/fs/bpf/xdpsentry/eth0-4026531840/v3b1-4711-123456';
  assert.deepEqual(parsePins('/sys/fs/bpf/xdpsentry/eth0-4026531840', path), {
    path,
    place: '/sys/fs/bpf/xdpsentry/eth0-4026531840',
    version: 3,
    blocksVersion: 1,
    owner: { pid: 4711, startTicks: 123456 },
  });
});

test('what has another name is not a sentry’s', () => {
  for (const name of [
    'link',
    'v1-4711-123456',
    'v1b1-4711',
    'v1b1-4711-',
    'v1b1-x-1',
    '1b1-4711-123456',
    'v1b1-4711-123456-7',
    'xv1b1-1-1',
  ])
    assert.equal(parsePins('/place', `/place/${name}`), undefined, name);
});

test('a VLAN device has a place without a dot, which the BPF file system does not take', () => {
  assert.match(placeOf('eth0.100'), /^\/sys\/fs\/bpf\/xdpsentry\/eth0:100-\d+$/);
});
