/** What a process gives up, by what it has and what its policy needs. How it does so is for the lab. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsePolicy } from '../../src/config/load.ts';
import type { SentryError } from '../../src/errors.ts';
import type { Privileges } from '../../src/host/privileges.ts';
import { planFor, requireEnough } from '../../src/privileges.ts';
import { type Capability, capabilities, namesIn, setOf } from '../../src/values/capabilities.ts';

const around = { user: { uid: 0, gids: [0] }, program: [], firstFreePort: 1024 };
const NEEDED: readonly Capability[] = ['net_admin', 'perfmon', 'bpf'];
const COMMAND = 'responses: {command: {run: tell-us}}\n';
const elsewhere = 'socket: /run/xdpsentry/control.sock\n';

function having(names: readonly Capability[], isFinal = false): Privileges {
  const set = setOf(names);
  return { effective: set, permitted: set, bounding: set, isFinal };
}

const plan = (yaml: string, have: Privileges) => {
  const { keep, isFinal, isLess } = planFor(
    parsePolicy(`${elsewhere}memory: {path: off}\n${yaml}`, 'x'),
    have,
    around,
  );
  return { keep: namesIn(keep), isFinal, isLess };
};
const all = having(capabilities);
const own = ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'];

describe('root with everything', () => {
  test('keeps what a sentry needs, and nothing that it executes gets more', () => {
    assert.deepEqual(plan('', all), { keep: own, isFinal: true, isLess: true });
  });

  test('keeps one more for a port below 1024', () => {
    assert.deepEqual(plan('metrics: {listen: "127.0.0.1:80"}', all).keep, ['CAP_NET_BIND_SERVICE', ...own]);
  });

  test('keeps everything for commands of which nothing is known, and they may become others', () => {
    const { keep, isFinal, isLess } = plan(COMMAND, all);
    assert.deepEqual([keep.length, isFinal, isLess], [capabilities.length, false, false]);
  });

  test('keeps for commands what is named', () => {
    const named = plan(`${COMMAND}capabilities: [net_raw]`, all);
    assert.deepEqual(named, {
      keep: ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_PERFMON', 'CAP_BPF'],
      isFinal: false,
      isLess: true,
    });
    assert.deepEqual(plan(`${COMMAND}capabilities: []`, all).keep, own);
  });

  test('keeps everything where that is asked for', () => {
    const { keep, isFinal, isLess } = plan('capabilities: all', all);
    assert.deepEqual([keep.length, isFinal, isLess], [capabilities.length, false, false]);
  });
});

describe('who has what is needed', () => {
  test('has nothing to give up when nothing that it executes can have more', () => {
    assert.deepEqual(plan('', having(NEEDED, true)), { keep: own, isFinal: true, isLess: false });
    assert.equal(plan('', having(NEEDED)).isLess, true);
    assert.equal(plan(COMMAND, having(NEEDED)).isLess, false);
  });

  test('gets nothing that it has not', () => {
    assert.deepEqual(plan('metrics: {listen: "127.0.0.1:80"}', having(NEEDED, true)).keep, own);
    assert.deepEqual(plan(`${COMMAND}capabilities: [net_raw]`, having(NEEDED)).keep, own);
  });
});

describe('who has too little', () => {
  const words = (have: Privileges) => {
    try {
      requireEnough(have);
    } catch (error) {
      const { code, detail } = error as SentryError;
      return `${code}: ${detail}`;
    }
    return undefined;
  };

  test('is told of what is missing', () => {
    for (const missing of NEEDED) {
      const have = having(NEEDED.filter((name) => name !== missing));
      assert.equal(words(have), `XS_ERR_PERMISSION: CAP_${missing.toUpperCase()} is missing`);
    }
    assert.match(words(having([]))!, /: CAP_BPF and CAP_NET_ADMIN and CAP_PERFMON are missing$/);
    assert.equal(words(having(NEEDED)), undefined);
  });

  test('is one who may have it, and has not put it in force', () => {
    assert.match(words({ ...having(NEEDED), effective: 0n })!, /missing/);
  });

  test('may have CAP_SYS_ADMIN instead of two of them, and keeps it only then', () => {
    assert.equal(words(having(['sys_admin', 'net_admin'])), undefined);
    assert.match(words(having(['sys_admin', 'bpf', 'perfmon']))!, /: CAP_NET_ADMIN is missing$/);
    assert.deepEqual(plan('', having(['sys_admin', 'net_admin'])).keep, ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']);
    assert.deepEqual(plan('', having(['sys_admin', ...NEEDED])).keep, own);
  });
});

test('nobody keeps what he has not, and whoever has given up has nothing more to give up', () => {
  const names = fc.subarray([...capabilities]);
  const yaml = fc.constantFrom(
    '',
    COMMAND,
    `${COMMAND}capabilities: [net_raw, kill]\n`,
    'capabilities: all\n',
  );
  fc.assert(
    fc.property(names, fc.boolean(), yaml, (some, isFinal, text) => {
      const have = having([...some, ...NEEDED], isFinal);
      const policy = parsePolicy(`${elsewhere}memory: {path: off}\n${text}`, 'x');
      const first = planFor(policy, have, around);
      assert.equal(first.keep & ~have.permitted, 0n);
      const left = { effective: first.keep, permitted: first.keep, bounding: first.keep };
      const again = planFor(policy, { ...left, isFinal: isFinal || first.isFinal }, around);
      assert.deepEqual([again.isLess, again.keep], [false, first.keep]);
    }),
  );
});
