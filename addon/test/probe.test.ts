import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  bootTimeNs,
  interfaceHardware,
  interfaceIndex,
  libbpfVersion,
  MAP_FLAG_INNER_MAP,
  MAP_FLAG_MMAPABLE,
  PROGRAM_FLAG_XDP_HAS_FRAGS,
  possibleCpus,
  programName,
  queryXdp,
  supportsHelper,
  supportsMapType,
  supportsProgramType,
  TEST_RUN_XDP_LIVE_FRAMES,
} from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsRange, throwsType } from './support/expect.ts';

const skip = needs('bpf');
const NO_INTERFACE = 0x7fff_ffff;

describe('what the machine is', () => {
  test('as many CPUs as the kernel lists', () => {
    const ranges = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim().split(',');
    const count = ranges
      .map((range) => range.split('-').map(Number))
      .reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
    assert.equal(possibleCpus(), count);
  });

  test('the clock counts from boot, in nanoseconds', () => {
    const uptimeNs = () =>
      BigInt(Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e9));
    const hundredth = 10_000_000n; // What /proc/uptime rounds to.
    const before = uptimeNs() - hundredth;
    const now = bootTimeNs();
    assert(before <= now && now <= uptimeNs() + hundredth);
    assert(bootTimeNs() > now);
  });

  test('the version of libbpf', () => {
    assert.match(libbpfVersion(), /^1\.\d+$/);
  });

  test('the constants of linux/bpf.h', () => {
    assert.deepEqual([PROGRAM_FLAG_XDP_HAS_FRAGS, TEST_RUN_XDP_LIVE_FRAMES], [32, 2]);
    assert.equal(MAP_FLAG_INNER_MAP, 0x1000);
    assert.equal(MAP_FLAG_MMAPABLE, 0x400);
  });
});

describe('interfaces', () => {
  test('have numbers, from 1', () => {
    assert.equal(interfaceIndex('lo'), Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8')));
    assert.equal(interfaceIndex('bln-no-such-if'), 0);
    assert.equal(interfaceIndex('a name that is too long for any interface'), 0);
    assert.equal(interfaceIndex(''), 0);
    throwsType(() => interfaceIndex(1 as unknown as string), 'name must be a string');
  });

  test('have hardware types', () => {
    assert.equal(interfaceHardware('lo')?.type, Number(readFileSync('/sys/class/net/lo/type', 'utf8')));
    assert.deepEqual([...interfaceHardware('lo')!.address], [0, 0, 0, 0, 0, 0]);
    assert.equal(interfaceHardware('bln-no-such-if'), undefined);
    assert.equal(interfaceHardware('a name that is too long for any interface'), undefined);
    throwsType(() => interfaceHardware(1 as unknown as string), 'name must be a string');
  });

  test('that do not exist have no XDP hooks', () => {
    throwsBpfError(() => queryXdp(NO_INTERFACE), 'ENODEV', 'if_indextoname');
    throwsRange(() => queryXdp(0), 'ifindex: expected an integer from 1 to 2147483647, got 0');
  });
});

describe('what the kernel can do', { skip }, () => {
  test('program types', () => {
    assert.equal(supportsProgramType('xdp'), true);
    throwsRange(() => supportsProgramType('xpd'), /^type: libbpf v1\.\d+ knows no 'xpd'$/);
    throwsType(() => supportsProgramType(6 as unknown as string), 'type must be a string');
  });

  test('map types', () => {
    for (const type of ['hash', 'lru_hash', 'lpm_trie', 'ringbuf', 'percpu_array']) {
      assert.equal(supportsMapType(type), true, type);
    }
    throwsRange(() => supportsMapType('trie'), /knows no 'trie'$/);
  });

  test('helpers: those of other program types are not for XDP', () => {
    assert.equal(supportsHelper('xdp', 1), true, 'map_lookup_elem');
    assert.equal(supportsHelper('xdp', 44), true, 'xdp_adjust_head');
    assert.equal(supportsHelper('xdp', 9), false, 'skb_store_bytes');
    assert.equal(supportsHelper('xdp', 100_000), false, 'a helper of the far future');
    throwsRange(() => supportsHelper('xdp', 0), /^helperId: expected an integer from 1/);
  });

  test('a program that does not exist has no name', () => {
    assert.equal(programName(0xffff_fff0), undefined);
    throwsRange(() => programName(-1), /^id: expected/);
  });
});

test('a process without capabilities supports nothing', { skip }, () => {
  const script = `import * as addon from 'bpf-loader-native';
    let code;
    try { addon.supportsHelper('xdp', 1) } catch (error) { code = error.code }
    console.log(addon.supportsProgramType('xdp'), addon.supportsMapType('lru_hash'), code, addon.programName(1));`;
  const output = execFileSync(
    'setpriv',
    ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8', cwd: new URL('.', import.meta.url) },
  );
  assert.equal(output, 'false false EPERM undefined\n');
});
