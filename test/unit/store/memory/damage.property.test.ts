/** A database whose bytes are not what they were: the sentry recalls what is sound, or says what is wrong, and goes on. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { MAX_TARGETS } from '../../../../src/detect/trail.ts';
import { Trails } from '../../../../src/detect/trails.ts';
import { recall } from '../../../../src/memory/recall.ts';
import { recallTrails } from '../../../../src/memory/recall-trails.ts';
import { trailRow } from '../../../../src/memory/trail-row.ts';
import { Blocks } from '../../../../src/respond/blocks.ts';
import { Offences } from '../../../../src/respond/offences.ts';
import { Database } from '../../../../src/store/memory/database.ts';
import { Memory } from '../../../../src/store/memory/memory.ts';
import type { Moment, OffenceRow } from '../../../../src/store/memory/rows.ts';
import { parsePrefix } from '../../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../../support/fake-data-plane.ts';
import { Source } from '../../../support/probes.ts';

const KEEP = { historyMs: 1e12, historyRows: 1e6, offenceMs: 1e12, trailMs: 1e12, trailRows: 1e6 };
const HOUR_NS = 3600e9;
const BLOCKS = 60;
const now = (dataPlane: FakeDataPlane): Moment => ({
  boot: 'one',
  nowNs: dataPlane.nowNs(),
  nowMs: Date.parse('2026-11-28T12:00:00Z'),
});

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-damage-'));
after(() => rmSync(directory, { recursive: true }));

/** The memory of a sentry with nothing but a fake kernel, on the database at that path. */
function remembering(path: string) {
  const dataPlane = new FakeDataPlane();
  const database = new Database(path, KEEP);
  const silent = { added: () => undefined, changed: () => undefined, removed: () => undefined };
  const blocks = new Blocks(dataPlane, () => undefined, silent);
  const offences = new Offences({
    escalation: { factor: 4, capMs: 1e9, unprovenCapMs: 1e9, forgetAfterMs: 1e12 },
    capacity: 1000,
    nowNs: () => dataPlane.nowNs(),
    isProven: () => true,
    changed: () => undefined,
  });
  const trails = new Trails({
    maxSources: 1000,
    changed: (source, isForgotten) => memory.changeTrail(source, isForgotten),
  });
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const [nowNs, goesOn] = [() => dataPlane.nowNs(), () => undefined];
  const memory = new Memory({
    path,
    database: {
      open: async (moment) => database.open(moment),
      write: async (batch, moment) => database.write(batch, moment),
      blocksAfter: async (id) => database.blocksAfter(id),
      offencesAfter: async (source) => database.offencesAfter(source),
      trailsAfter: async (source) => database.trailsAfter(source),
      campaign: async () => database.campaign(),
      history: async (query) => database.history(query),
      close: async () => database.close(),
      stop: async () => undefined,
    },
    now: () => now(dataPlane),
    async recall(recollection) {
      await recall(recollection, {
        isObserving: () => false,
        blocks,
        offences,
        aftermath: { resume: (begin) => begin(), endLate: () => undefined },
        forget: (source, row) => memory.setBlock(source, row),
        ...{ nowNs, warn, goesOn },
      });
    },
    async recallTrails(recollection) {
      await recallTrails(recollection, { trails, trailsRestored: () => undefined, nowNs, warn, goesOn });
    },
    campaign: () => undefined,
    trails: {
      get kept() {
        return trails.kept;
      },
      get onProbation() {
        return trails.onProbation;
      },
      rowOf(source) {
        const facts = trails.of(source, dataPlane.nowNs());
        return facts && trailRow(source, facts);
      },
    },
    async *all() {
      yield { blocks: [], offences: [] as readonly OffenceRow[] };
    },
    warn,
  });
  return { memory, blocks, trails, dataPlane, warnings };
}

const source = (nth: number) => `198.18.0.${nth}`;
const blockRow = (nth: number, nowNs: number) => ({
  source: source(nth),
  origin: nth % 2 === 0 ? ('local' as const) : ('operator' as const),
  reason: `a reason ${nth}`,
  evidence: nth % 2 === 0 ? { address: source(nth), protocol: 'tcp' as const, port: nth } : null,
  addedNs: nowNs,
  untilNs: nth % 3 === 0 ? null : nowNs + HOUR_NS,
});

/** The bytes of a sound database with blocks, offenders, trails and a history. */
async function soundBytes(): Promise<Buffer> {
  const path = join(directory, 'sound.db');
  const { memory, trails, dataPlane } = remembering(path);
  await memory.open();
  for (let nth = 0; nth < BLOCKS; nth++) {
    memory.setBlock(source(nth), blockRow(nth, dataPlane.nowNs()));
    memory.setOffence(source(nth), { source: source(nth), count: 2, untilNs: dataPlane.nowNs() + HOUR_NS });
    const scanner = new Source(source(nth));
    for (let port = 1; port <= nth; port++) trails.note(scanner.probe(dataPlane.nowNs(), port));
  }
  await memory.close();
  return readFileSync(path);
}

test('property: bytes that are changed, cut off or exchanged never do more than lose what was there', async () => {
  const sound = await soundBytes();
  const place = fc.nat(sound.length - 1);
  const noise = fc.array(fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })), {
    minLength: 1,
    maxLength: 8,
  });
  const page = fc.nat(sound.length / 4096 - 1);
  const damage = fc.oneof(
    noise.map((all) => (bytes: Buffer) => {
      for (const [at, put] of all) bytes.set(put.subarray(0, bytes.length - at), at);
      return bytes;
    }),
    place.map((at) => (bytes: Buffer) => bytes.subarray(0, Math.max(2, at))), // SQLite takes one byte for nothing, which is a new one
    fc.tuple(page, page).map(([one, other]) => (bytes: Buffer) => {
      const copy = Buffer.from(bytes.subarray(one * 4096, (one + 1) * 4096));
      bytes.copy(bytes, one * 4096, other * 4096, (other + 1) * 4096);
      copy.copy(bytes, other * 4096);
      return bytes;
    }),
  );
  let run = 0;
  const seen = { whole: 0, partly: 0, aside: 0, trouble: 0 };
  await fc.assert(
    fc.asyncProperty(damage, async (spoil) => {
      const path = join(directory, `${run++}.db`);
      writeFileSync(path, spoil(Buffer.from(sound)));
      const { memory, blocks, trails, dataPlane, warnings } = remembering(path);
      await memory.open();

      for (const { prefix, source: text, origin, reason, expiresNs, evidence } of blocks) {
        assert.ok(parsePrefix(text), text);
        assert.ok(['local', 'operator'].includes(origin), `origin ${origin}`);
        assert.equal(typeof reason, 'string');
        const standing = dataPlane.readBlock(prefix)!;
        assert.equal(standing.expiresNs, expiresNs);
        assert.ok(
          expiresNs === undefined || (Number.isFinite(expiresNs) && expiresNs > dataPlane.nowNs()),
          `${expiresNs}`,
        );
        if (evidence) {
          assert.ok(parsePrefix(evidence.address), evidence.address);
          assert.ok(['tcp', 'udp'].includes(evidence.protocol), evidence.protocol);
          assert.ok(
            Number.isInteger(evidence.port) && evidence.port >= 0 && evidence.port <= 65_535,
            `${evidence.port}`,
          );
        }
      }
      for (const text of [...trails.kept, ...trails.onProbation]) {
        assert.ok(parsePrefix(text), text);
        const { touches, probes, firstNs, lastNs } = trails.of(text, dataPlane.nowNs())!;
        assert.ok(firstNs <= lastNs && lastNs <= dataPlane.nowNs(), `${firstNs} ${lastNs}`);
        assert.ok(probes >= 1 && touches.length <= MAX_TARGETS);
        for (const { atNs, port, destination } of touches) {
          assert.ok(atNs <= lastNs && port >= 0 && port <= 65_535, `${port} at ${atNs}`);
          assert.ok(parsePrefix(destination), destination);
        }
      }
      const isAside = readdirSync(directory).some((name) => name.startsWith(`${run - 1}.db.corrupt-`));
      if (memory.trouble !== undefined) assert.ok(warnings.some((text) => text.includes(memory.trouble!)));
      if (isAside) assert.ok(warnings.some((text) => text.includes('was corrupt: it lies in')));
      seen[
        memory.trouble !== undefined
          ? 'trouble'
          : isAside
            ? 'aside'
            : blocks.size === BLOCKS
              ? 'whole'
              : 'partly'
      ]++;

      // And it goes on.
      memory.setBlock('203.0.113.7', { ...blockRow(2, dataPlane.nowNs()), source: '203.0.113.7' });
      await memory.close();
      if (memory.trouble === undefined) {
        const again = remembering(path);
        await again.memory.open();
        assert.ok(again.blocks.get(parsePrefix('203.0.113.7')!), 'what is written then is there');
        await again.memory.close();
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(seen.whole > 0 && seen.aside > 0, JSON.stringify(seen));
});
