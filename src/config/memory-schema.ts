import { z } from 'zod';
import { duration, section, textual, wholeNumber } from './fields.ts';
import { complain } from './found.ts';
import { readPath } from './places.ts';

const off = z.literal('off').transform(() => undefined);

const steps = section({
  factor: wholeNumber(2, 100).prefault(4).meta({
    description: 'Each block of the same source lasts so many times as long as the one before.',
  }),
  cap: duration('3650d')
    .prefault('7d')
    .meta({
      description: 'And never longer than this, but for rules whose `block_for` is longer by itself.',
      unit: 'duration',
      samples: ['1d', '7d'],
    }),
  unproven_cap: duration('3650d')
    .prefault('10m')
    .meta({
      description:
        'Nor longer than this, unless the source has proved that its address is its own, by a completed handshake: a probe may be in ' +
        "anybody's name, and forged ones shall not keep somebody out for days.",
      unit: 'duration',
      samples: ['10m', '7d'],
    }),
  forget_after: duration('3650d')
    .prefault('30d')
    .meta({
      description: 'So long after the end of its last block, a source begins anew.',
      unit: 'duration',
      samples: ['30d'],
    }),
});

/** What becomes of who comes back. */
export const escalation = z
  .union([off, steps], {
    error: (issue) =>
      complain(
        issue.input,
        'escalation',
        'off, or options below it: factor, cap, unproven_cap, forget_after',
      ),
  })
  .prefault({})
  .meta({
    description:
      'Who scans again after its block, and is no forgery, is blocked for longer: 10m, 40m, 2h40m and so on. For rules with a `block_for` other ' +
      'than `forever`. `off`: always as long as the rule says.',
    allowed: '`off`, or a map of `factor`, `cap`, `unproven_cap` and `forget_after`',
  });

const FILE = 'the absolute path of a file, or off';

/** What outlives the process. */
export const memory = section({
  path: textual('file', FILE, (text) => {
    const file = text === 'off' ? undefined : readPath(text);
    return file === undefined && text !== 'off' ? undefined : { file };
  })
    .prefault('/var/lib/xdpsentry/memory.db')
    .meta({
      description:
        'SQLite database with blocks, offenders, what sources have touched, and history. It is made when it is not there. Each sentry needs its own. `off`: a ' +
        'reboot ends all blocks and begins anew with slow scans, and there is no history.',
      allowed: FILE,
      samples: ['off'],
    }),
  keep: duration('3650d')
    .prefault('90d')
    .meta({
      description: 'How long the history is kept.',
      unit: 'duration',
      samples: ['90d'],
    }),
  max_entries: wholeNumber(1000, 100_000_000).prefault(1_000_000).meta({
    description: 'Entries of the history that are kept at most, the newest: some 300 bytes each.',
    unit: 'entries',
  }),
})
  .prefault({})
  .meta({
    description: 'What outlives the process. docs/memory.md tells more.',
    allowed: 'a map of `path`, `keep` and `max_entries`',
  });
