import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrialState } from '../../src/kernel/data-plane.ts';
import { remarksOn } from '../../src/remarks.ts';

const attachment = {
  interface: 'eth0',
  ifindex: 2,
  mode: 'native',
  fallback: undefined,
  unpinned: undefined,
  predecessor: undefined,
} as const;
const predecessor = {
  pid: 42,
  trial: undefined,
  blocks: 3,
  refused: 0,
  objection: undefined,
  forgotten: undefined,
  gap: undefined,
};

test('when all is as it should be there is nothing to say', () => {
  assert.deepEqual(remarksOn(attachment), []);
});

test('what is not pinned goes with the process, and how to mend that', () => {
  const [remark] = remarksOn({ ...attachment, unpinned: 'no BPF file system is mounted at /sys/fs/bpf' });
  assert.match(remark!, /should the sentry end.*: no BPF file system.*`mount -t bpf bpf \/sys\/fs\/bpf`/);
});

test('the sentry before is named, with what became of its blocks', () => {
  assert.deepEqual(remarksOn({ ...attachment, predecessor }), [
    'took over from the sentry before, process 42; its blocks that go on: 3',
  ]);
  const unlucky = {
    ...predecessor,
    refused: 2,
    objection: 'they are of another version',
    forgotten: 'tables.sources is another',
    gap: 'EINVAL',
  };
  const remarks = remarksOn({ ...attachment, predecessor: unlucky });
  assert.equal(remarks.length, 5);
  assert.match(
    remarks.join('\n'),
    /no room and ended: 2.*\n.*another version\n.*tables.sources is another\n.*EINVAL; for a moment/,
  );
});

test('enforcement that nobody had confirmed is told of, with what that means for whom it had blocked', () => {
  const onTrial = (trial: TrialState) =>
    remarksOn({ ...attachment, predecessor: { ...predecessor, trial } })[1];
  assert.equal(
    onTrial({ state: 'rolled_back', leftNs: -180e9 }),
    'nobody had confirmed its enforcement, which was rolled back 3m ago: since then it has let everybody in; whom it had blocked since it started is let in by this start',
  );
  assert.equal(
    onTrial({ state: 'unconfirmed', leftNs: 90e9 }),
    'nobody has confirmed its enforcement, which would be rolled back in 1m30s; whom it had blocked since it started is let in by this start',
  );
});
