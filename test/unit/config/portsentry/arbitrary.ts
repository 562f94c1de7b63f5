import fc from 'fast-check';
import { optionKeys } from '../../../../src/config/portsentry/options.ts';

/** What a portsentry.conf may say anywhere: right, wrong, and nearly right. */
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '2',
    '-1',
    '70000',
    '1,11,15',
    ' 1, 20-25 ,5-3,x',
    '1024',
    '',
    '/var/lib/x.history',
    '/etc/x.ignore',
    'relative/path',
    'ALL: $TARGET$ : DENY',
    '/sbin/route add -host $TARGET$ reject',
    "echo '$PORT$ $MODE$: # !' && *",
    '10m',
    'forever',
    'eth0',
    'a/b',
    'null',
    'off',
    '- x: y',
    'trailing ',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const assignment = fc
  .tuple(
    fc.constantFrom(...optionKeys),
    fc.constantFrom('=', ' = ', ' ', '\t='),
    fc.constantFrom('"', ''),
    value,
  )
  .map(([key, separator, quote, text]) => `${key}${separator}${quote}${text}${quote}`);

const other = fc.constantFrom(
  '',
  '# comment: x',
  ' BLOCK_TCP="1"',
  'nonsense',
  'UNKNOWN="1"',
  'TCP_PORTS="1" # x\r',
);

/** Lines of a portsentry.conf, the first of which names a port. */
export const portsentryText = fc
  .array(fc.oneof({ weight: 4, arbitrary: assignment }, { weight: 1, arbitrary: other }), { maxLength: 24 })
  .map((lines) => ['TCP_PORTS="1,11"', ...lines].join('\n'));

export const modes = fc.constantFrom(
  undefined,
  { tcp: 'tcp', udp: 'audp' } as const,
  { tcp: 'stcp', udp: 'sudp' } as const,
  { tcp: 'atcp' } as const,
  { tcp: 'stealth', udp: 'stealth' } as const,
  { tcp: 'connect', udp: 'connect' } as const,
);
