/** The controller's side of the block table, while the kernel writes to it as well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BpfMap } from 'bpf-loader-native';
import { BlockFront } from '../../../src/kernel/block-front.ts';
import { BlockMap } from '../../../src/kernel/block-map.ts';
import { encodePrefix } from '../../../src/kernel/decode.ts';
import { makeStruct, writeField } from '../../../src/kernel/struct.ts';
import { blockLayout } from '../../../src/kernel/wire.generated.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import { frontMemory } from '../../support/kernel-model/front.ts';

const SOURCE = parsePrefix('203.0.113.9')!;
const CAPACITY = 16;

/** As much of a table as a block takes on its way in; `meanwhile` happens when a key has just been looked up. */
class Table {
  readonly entries = new Map<string, Uint8Array>();
  readonly info = { maxEntries: CAPACITY };
  meanwhile: (() => void) | undefined;

  get(key: Uint8Array): Uint8Array | undefined {
    const found = this.entries.get(key.join())?.slice();
    this.meanwhile?.();
    this.meanwhile = undefined;
    return found;
  }

  set(key: Uint8Array, value: Uint8Array, mode: 'any' | 'create' = 'any'): void {
    if (mode === 'create' && this.entries.has(key.join()))
      throw Object.assign(new Error('EEXIST: it is there'), { code: 'EEXIST' });
    this.entries.set(key.join(), value.slice());
  }
}

test('a block that the kernel makes while one is added goes on, with what it has kept out', () => {
  const table = new Table();
  const front = new BlockFront(frontMemory(CAPACITY), CAPACITY, 0x5eed);
  const blocks = new BlockMap(
    { blocks: table as unknown as BpfMap, hot: new Table() as unknown as BpfMap },
    front,
    1,
  );
  const byKernel = makeStruct(blockLayout.size, (view) => {
    writeField(view, 0, blockLayout.addedNs, 100);
    writeField(view, 0, blockLayout.expiresNs, 700);
    writeField(view, 0, blockLayout.packets, 8);
  });
  table.meanwhile = () => table.set(encodePrefix(SOURCE), byKernel);
  blocks.put({ prefix: SOURCE, origin: 'local', expiresNs: 900 }, 110);
  const { addedNs, expiresNs, packets } = blocks.get(SOURCE)!;
  assert.deepEqual({ addedNs, expiresNs, packets }, { addedNs: 100, expiresNs: 900, packets: 8 });
});
