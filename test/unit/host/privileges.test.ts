import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownPrivileges, parsePrivileges } from '../../../src/host/privileges.ts';

const STATUS = `Name:\tCapEff: 1
Umask:\t0022
CapInh:\t0000000000000000
CapPrm:\t000000c000001000
CapEff:\t0000008000001000
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
`;

test('are read from the status of a process', () => {
  assert.deepEqual(parsePrivileges(STATUS), {
    effective: 0x80_0000_1000n,
    permitted: 0xc0_0000_1000n,
    bounding: 0x1ff_ffff_ffffn,
    isFinal: true,
  });
  assert.equal(parsePrivileges(STATUS.replace('NoNewPrivs:\t1', 'NoNewPrivs:\t0')).isFinal, false);
});

test('what a kernel does not tell of is not had', () => {
  assert.deepEqual(parsePrivileges('Name:\tx\n'), {
    effective: 0n,
    permitted: 0n,
    bounding: 0n,
    isFinal: false,
  });
});

test('this process has no more in force than it may have', () => {
  const { effective, permitted, bounding } = ownPrivileges();
  assert.equal(effective & ~permitted, 0n);
  assert.ok(bounding > 0n);
});
