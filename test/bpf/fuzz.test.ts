/** A short run of the fuzzers over the corpus that longer runs (`make fuzz`) have left. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const RUNS = 300_000;

test('the parser reads no byte too many, computes nothing undefined, and keeps its promises', () => {
  const corpus = mkdtempSync(join(tmpdir(), 'xdpsentry-fuzz-'));
  try {
    cpSync(at('test/fuzz/corpus'), corpus, { recursive: true });
    assert.ok(readdirSync(corpus).length > 30, 'there is a corpus');
    const options = [`-runs=${RUNS}`, '-seed=1', '-max_len=512', `-artifact_prefix=${corpus}/crash-`, corpus];
    const { status, stderr } = spawnSync(at('build/packet.fuzz'), options, { encoding: 'utf8' });
    assert.equal(status, 0, stderr.slice(-4000));
    assert.match(stderr, new RegExp(`Done ${RUNS} runs`));
  } finally {
    rmSync(corpus, { recursive: true, force: true });
  }
});
