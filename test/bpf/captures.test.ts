/** Broken and rare packets that others have met (../shared/pcaps/malformed), through the loaded program. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Random } from '../../scripts/packets/random.ts';
import { needs } from '../support/capability.ts';
import { readCapture } from '../support/capture.ts';
import { SentryObject } from '../support/sentry-object.ts';

const directory = new URL('../../../shared/pcaps/malformed/', import.meta.url);
const SHORTEST = 14;
const LONGEST = 3000; // a test run takes no more than a page, less its head and tail room
/** Of a capture: some hold thousands that are alike. */
const FRAMES_MAX = 200;
/** Broken once more, each in so many ways. */
const MUTATIONS = 4;
const RAW_IP = [12, 101, 228, 229];

/** As a packet that the kernel runs a program on. */
function runnable(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.min(Math.max(frame.length, SHORTEST), LONGEST));
  bytes.set(frame.subarray(0, bytes.length));
  return bytes;
}

function mutated(frame: Uint8Array, random: Random): Uint8Array {
  const copy = frame.slice(0, SHORTEST + (random.u32() % Math.max(1, frame.length - SHORTEST)));
  for (let count = 0; count < 3; count++) copy[random.u32() % copy.length] = random.u32() & 0xff;
  return copy;
}

describe('captures of broken and rare packets', { skip: needs('bpf', 'shared') }, () => {
  let ethernet: SentryObject;
  let raw: SentryObject;
  before(() => {
    const tunables = { ephemeralFirst: 0, ephemeralLast: 0 };
    ethernet = SentryObject.load({ tunables });
    raw = SentryObject.load({ tunables: { ...tunables, noEthernet: true } });
    for (const sentry of [ethernet, raw]) {
      sentry.monitor('TCP', [0, 65_535]);
      sentry.monitor('UDP', [0, 65_535]);
    }
  });
  after(() => {
    ethernet?.close();
    raw?.close();
  });

  // That one outcome counts each packet, once and with all its bytes, is what every run checks.
  for (const name of needs('shared') ? [] : readdirSync(directory)) {
    it(`${name}: every packet passes, as it is and broken once more`, () => {
      const frames = readCapture(new URL(name, directory).pathname);
      const random = new Random(frames.length);
      for (const { linkType, bytes: frame } of frames.slice(0, FRAMES_MAX)) {
        const sentry = RAW_IP.includes(linkType) ? raw : ethernet;
        const packets = [frame, ...Array.from({ length: MUTATIONS }, () => mutated(runnable(frame), random))];
        for (const packet of packets) assert.equal(sentry.run(runnable(packet)).verdict, 'PASS');
      }
    });
  }
});
