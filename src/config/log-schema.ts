import { z } from 'zod';
import { section, textual, word } from './fields.ts';
import { complain } from './found.ts';
import { readPath } from './places.ts';

const SINK = 'stdout, syslog or the absolute path of a file';

/** Where log lines go: each place once. */
const to = z
  .array(
    textual('place for a log', SINK, (text) =>
      text === 'stdout' || text === 'syslog' ? text : readPath(text),
    ),
    { error: (issue) => complain(issue.input, 'list', `a list of ${SINK}`) },
  )
  .min(1, { error: `is an empty list; write a list of ${SINK}` })
  .max(8, { error: 'has more than 8 entries; leave some out' })
  .refine((list) => new Set(list).size === list.length, { error: 'names a place twice; keep one of them' })
  .prefault(['stdout'])
  .meta({
    description: 'Where log lines go: standard output, the system log, or files; each gets every line.',
    allowed: `a list of ${SINK}`,
    samples: [['syslog'], ['stdout', '/var/log/xdpsentry.log']],
  });

/** What is logged. */
export const log = section({
  format: word('log format', ['human', 'json', 'portsentry']).prefault('human').meta({
    description: 'Lines for people, one JSON object a line, or the lines of PortSentry (needs `portsentry`).',
  }),
  level: word('log level', ['error', 'warn', 'info', 'debug']).prefault('info').meta({
    description: 'The least important kind of line that is still written.',
  }),
  to,
})
  .prefault({})
  .meta({ description: 'What is logged, how, and where.', allowed: 'a map of `format`, `level` and `to`' });
