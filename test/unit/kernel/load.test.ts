import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKernel } from '../../../src/kernel/load.ts';

test('kernels from 5.15 on will do, whatever else their names say', () => {
  for (const release of ['5.15.0-130-generic', '5.16', '6.1.0-28-amd64', '6.18.44', '10.0.0-rc1'])
    checkKernel(release);
});

test('older ones are refused, by name', () => {
  for (const release of ['5.14.0-503.el9', '4.19.0', '5.4.0-1', '3.10']) {
    assert.throws(() => checkKernel(release), {
      code: 'XS_ERR_KERNEL',
      message: `This kernel cannot run the data plane: this is Linux ${release}`,
    });
  }
});
