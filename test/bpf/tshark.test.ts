/**
 * The parser of the data plane beside tshark's, on each frame of ../shared/pcaps and on some of our own. Compared is the outermost
 * IP header and the transport that follows it: not what is in a tunnel, nor what an ICMP error quotes. Fragments are not put
 * together: the first one has ports, the others have none.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { writeEthernet } from '../../src/capture/ethernet.ts';
import { linkTypes } from '../../src/capture/link-type.ts';
import { MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../../src/kernel/frame-batch.ts';
import { needs } from '../support/capability.ts';
import { differences, type Frame } from '../tshark/differences.ts';
import { allFrames, type Exhibit, type Folder, folders } from '../tshark/exhibits.ts';
import { MergedCapture } from '../tshark/merged.ts';
import { Parser } from '../tshark/parser.ts';
import { differing } from '../tshark/reading.ts';
import { dissect } from '../tshark/tshark.ts';

/** Here frames are as hosts send them; those of `malformed` are broken or rare on purpose. */
const ORDINARY = ['scan', 'benign', 'neg_hard', 'neg_other'] as const satisfies readonly Folder[];
const REQUIRED = 0.999;
const EXAMPLES = 20;

describe('the parser and tshark', { skip: needs('bpf', 'shared', 'tshark') }, () => {
  /** Of frames with an Ethernet header, where one of both has found IP. */
  const tallies = new Map(folders.map((folder) => [folder, { frames: 0, agreed: 0 }]));
  const met = new Map(differences.map(({ says }) => [says, 0]));
  const unexplained: string[] = [];

  before(() =>
    compareAll(({ folder, where, linkType }, frame) => {
      const { parsed, dissected, fields } = frame;
      const hasIp = (parsed.version ?? dissected.version) !== undefined;
      if (linkType === linkTypes.ethernet && hasIp) count(folder, fields.length === 0);
      if (fields.length > 0) explain(`${where}: ${fields.join(', ')}`, frame);
    }),
  );

  function count(folder: Folder, isAgreed: boolean): void {
    const tally = tallies.get(folder)!;
    tally.frames++;
    if (isAgreed) tally.agreed++;
  }

  function explain(where: string, frame: Frame): void {
    const { parsed, dissected } = frame;
    const reason = differences.find(({ is }) => is(frame))?.says;
    if (reason === undefined) unexplained.push(`${where}: ${JSON.stringify({ parsed, dissected })}`);
    else met.set(reason, met.get(reason)! + 1);
  }

  it('read ordinary frames alike', (t) => {
    for (const [folder, { frames, agreed }] of tallies) t.diagnostic(`${folder}: ${agreed} of ${frames}`);
    const ordinary = ORDINARY.map((folder) => tallies.get(folder)!);
    const frames = ordinary.reduce((sum, tally) => sum + tally.frames, 0);
    const agreed = ordinary.reduce((sum, tally) => sum + tally.agreed, 0);
    assert.ok(frames > 100_000);
    assert.ok(agreed / frames >= REQUIRED, `${agreed} of ${frames} frames`);
  });

  it('differ nowhere else than in these ways', () => {
    assert.equal(unexplained.length, 0, unexplained.slice(0, EXAMPLES).join('\n'));
  });

  for (const { says, why } of differences)
    it(`differ over ${says}: ${why}`, (t) => {
      t.diagnostic(`${met.get(says)} frames`);
      assert.notEqual(met.get(says), 0);
    });
});

function compareAll(take: (exhibit: Exhibit, frame: Frame) => void): void {
  const scratch = mkdtempSync(join(tmpdir(), 'xdpsentry-tshark-'));
  try {
    const [capture, settings] = [join(scratch, 'all.pcapng'), join(scratch, 'settings')];
    mkdirSync(settings);
    using merged = new MergedCapture(capture);
    for (const { linkType, bytes } of allFrames()) merged.add(linkType, bytes);
    merged.flush();
    compare(dissect(capture, settings), take);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function compare(dissections: ReturnType<typeof dissect>, take: Parameters<typeof compareAll>[0]): void {
  using parser = new Parser();
  const room = new Uint8Array(MAX_FRAME_BYTES);
  let index = 0;
  for (const exhibit of allFrames()) {
    const dissected = dissections[index++]!;
    const bytes = room.subarray(0, writeEthernet(exhibit.linkType, exhibit.bytes, room));
    if (bytes.length < MIN_FRAME_BYTES) continue; // the kernel runs no XDP program on it
    const parsed = parser.read(bytes);
    take(exhibit, { bytes, parsed, dissected, fields: differing(parsed, dissected) });
  }
  assert.equal(index, dissections.length, 'tshark has read as many frames');
}
