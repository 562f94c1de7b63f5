import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnixDatagram } from 'bpf-loader-native';
import { main } from '../support/scenario.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const socketsAt = (path: string) =>
  readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(` ${path}`)).length;

await main({
  async closesWhatWasDropped() {
    using directory = makeTemporaryDirectory();
    const path = join(directory.path, 'socket');
    // In a function of its own: the frame of this one would keep it alive.
    (() => UnixDatagram.bind(path))();
    assert.equal(socketsAt(path), 1);
    for (let turn = 0; socketsAt(path) > 0; turn++) {
      assert(turn < 50, 'it is never closed');
      globalThis.gc?.();
      await nextTurn();
    }
  },
});
