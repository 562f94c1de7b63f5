import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayClock } from '../../../src/replay/clock.ts';

test('nanoseconds since an hour before the first frame, exact for a century of nanoseconds after 1970', () => {
  const clock = new ReplayClock();
  const first = clock.advance({ seconds: 1_795_867_200, nanoseconds: 999_999_999 });
  assert.equal(first, 3600e9);
  assert.equal(clock.advance({ seconds: 1_795_867_201, nanoseconds: 0 }), first + 1);
  assert.equal(
    clock.advance({ seconds: 1_795_867_201 + 90 * 86_400, nanoseconds: 1 }),
    first + 90 * 86_400e9 + 2,
  );
  assert.equal(clock.elapsedNs, 90 * 86_400e9 + 2);
});

test('it never goes back, and counts who would have it', () => {
  const clock = new ReplayClock();
  clock.advance({ seconds: 100, nanoseconds: 0 });
  const latest = clock.advance({ seconds: 110, nanoseconds: 5 });
  assert.equal(clock.advance({ seconds: 110, nanoseconds: 4 }), latest);
  assert.equal(clock.advance({ seconds: 0, nanoseconds: 0 }), latest);
  assert.equal(clock.setBack, 2);
  assert.equal(clock.mostBackNs, 110e9 + 5);
  assert.equal(clock.advance({ seconds: 110, nanoseconds: 6 }), latest + 1);
});

test('its times in words', () => {
  const clock = new ReplayClock();
  const first = clock.advance({ seconds: 1_795_867_200, nanoseconds: 999_999_999 });
  assert.equal(clock.text(first), '2026-11-28T12:00:00.999999Z');
  assert.equal(clock.text(first + 1), '2026-11-28T12:00:01.000000Z');
  assert.equal(clock.text(first + 86_400e9 + 2001), '2026-11-29T12:00:01.000002Z');
});
