import fc from 'fast-check';
import type { Request } from '../../../src/control/protocol.ts';
import { listFormats } from '../../../src/lists/reading.ts';
import { MAX_DURATION_MS } from '../../../src/values/duration.ts';

const words = fc.string({ unit: 'grapheme', maxLength: 60 });
const durationMs = fc.option(fc.integer({ min: 1, max: MAX_DURATION_MS }), { nil: null });
const reason = words.filter((text) => /^\P{Cc}{1,200}$/u.test(text));
const loggedInFrom = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes('.')),
);
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,31}$/);

const only = <const C extends string>(command: C) => fc.constant({ command });
const some = <T extends object, O extends object>(always: fc.Arbitrary<T>, perhaps: fc.Arbitrary<O>) =>
  fc.oneof(
    always,
    fc.tuple(always, perhaps).map(([one, other]) => ({ ...one, ...other })),
  );

/** Any request that is one. */
export const requests: fc.Arbitrary<Request> = fc
  .oneof(
    only('status'),
    only('ports'),
    only('blocks'),
    only('lists'),
    only('stop'),
    fc.record({ command: fc.constant('unblock' as const), source: words }),
    fc.record({ command: fc.constant('why' as const), source: words }),
    fc.record({ command: fc.constant('unblock_list' as const), name: words }),
    some(
      fc.record({
        command: fc.constant('block' as const),
        source: words,
        durationMs,
        reason: fc.option(reason, { nil: null }),
      }),
      fc.record({ force: fc.boolean(), loggedInFrom }),
    ),
    fc.record({
      command: fc.constant('block_list' as const),
      name,
      path: words.map((text) => `/${text}`),
      format: fc.option(fc.constantFrom(...listFormats), { nil: null }),
      durationMs,
    }),
    fc.record({
      command: fc.constant('history' as const),
      source: fc.option(words, { nil: null }),
      sinceMs: fc.option(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((ms) => ms + 0),
        { nil: null },
      ),
      limit: fc.integer({ min: 1, max: 10_000 }),
    }),
  )
  .map((request) => ({ ...request })); // as JSON.parse makes it
