/** What follows on a probe, and on the next. */
import { addresses } from '../../../../scripts/lab/lab.ts';
import { BLOCKED, HOSTS_DENY, type Mode, protocolOf } from '../../../../scripts/lab/portsentry.ts';
import { BLOCK, type Case, COMMAND, lastSources, otherSource, type Step } from '../case.ts';

const { ipv4: scanner } = addresses.scanner;
const modes: readonly Mode[] = ['tcp', 'stcp', 'atcp', 'udp', 'sudp', 'audp'];
const both: readonly Mode[] = ['atcp', 'audp'];

/** A port that this mode watches, and, when that is answered, more of them. */
function scans(mode: Mode): Step[] {
  const protocol = protocolOf(mode);
  const type = protocol === 'tcp' ? '-sT' : '-sU';
  return [`${type} -p 1`, { answered: scanner, protocol }, `${type} -p 1,7,9,11`];
}

/** No KILL_* at all, or with this value. */
const none = (value?: string) => ({ KILL_ROUTE: value, KILL_HOSTS_DENY: value, KILL_RUN_CMD: value });

export const answers: readonly Case[] = [
  ...modes.flatMap((mode) => [
    { says: `${mode}: BLOCK 0`, modes: [mode], steps: scans(mode) },
    { says: `${mode}: BLOCK 1`, modes: [mode], options: BLOCK, steps: scans(mode) },
    { says: `${mode}: BLOCK 2`, modes: [mode], options: COMMAND, steps: scans(mode) },
  ]),
  {
    says: 'KILL_RUN_CMD_FIRST',
    modes: ['atcp'],
    options: { ...BLOCK, KILL_RUN_CMD_FIRST: '1' },
    steps: ['-sS -p 1,2'],
  },
  { says: 'both protocols, BLOCK 0', modes: both, steps: ['-sS -p 1,2', '-sU -p 1,2'] },
  {
    says: 'both protocols, BLOCK 1',
    modes: both,
    options: BLOCK,
    steps: ['-sS -p 1', { answered: scanner, protocol: 'tcp' }, '-sU -p 1,2'],
  },
  {
    says: 'both protocols, UDP alone blocks',
    modes: ['stcp', 'sudp'],
    options: { BLOCK_UDP: '1' },
    steps: ['-sS -p 1,11', '-sU -p 1', { answered: scanner, protocol: 'udp' }, '-sS -p 15'],
  },
  {
    says: 'BLOCK 1 and no response',
    modes: ['stcp'],
    options: { ...BLOCK, ...none() },
    steps: ['-sS -p 1,11'],
  },
  {
    says: 'BLOCK 1 and empty responses',
    modes: ['audp'],
    options: { ...BLOCK, ...none('') },
    steps: ['-sU -p 1,11'],
  },
  {
    says: 'commands that fail',
    modes: ['stcp'],
    options: { ...COMMAND, KILL_RUN_CMD: 'exit 3' },
    steps: ['-sS -p 1,11'],
    differences: [
      {
        because: 'failures-told',
        with: [scanner, lastSources.tcp].map(
          (source) => `adminalert: About the external command for host ${source}: exit status 3`,
        ),
      },
    ],
  },
  {
    says: 'BLOCK 2 and no command',
    modes: ['stcp'],
    options: { ...COMMAND, ...none() },
    steps: ['-sS -p 1,11'],
  },
  { says: 'BLOCK 3', modes: ['stcp'], options: { BLOCK_TCP: '3' }, steps: ['-sS -p 1,11'] },
  { says: 'no BLOCK', modes: ['stcp'], options: { BLOCK_TCP: undefined }, steps: ['-sS -p 1,11'] },
  {
    says: 'a source that hosts.deny has already',
    modes: ['stcp'],
    options: BLOCK,
    files: { [HOSTS_DENY]: `# kept\nALL: ${scanner} : DENY\n` },
    steps: ['-sS -p 1'],
    differences: [
      {
        because: 'hosts-deny-once',
        without: new RegExp(`Host ${scanner} has been blocked via wrappers`),
        with: [`attackalert: Host ${scanner} already in hosts.deny file, skipping.`],
      },
    ],
  },
  {
    says: 'a blocked file of an earlier run',
    modes: ['stcp'],
    files: {
      [`${BLOCKED}.stcp`]: `1767225600 - 01/01/2026 00:00:00 Host: ${scanner}/${scanner} Port: 11 TCP Blocked\n`,
    },
    steps: ['-sS -p 11'],
    differences: [
      {
        because: 'blocked-file-kept',
        without: /^attackalert: Ignoring TCP response/,
        with: [
          'adminalert: hosts of the blocked file that are answered as before: 1',
          `attackalert: Host: ${scanner}/${scanner} is already blocked Ignoring`,
          'attackalert: Ignoring TCP response per configuration file setting.', // to who scans last
        ],
        withoutHistory: new RegExp(`/${scanner} `),
      },
    ],
  },
  {
    says: 'decoys',
    modes: ['stcp'],
    options: BLOCK,
    steps: [`-sS -D ${otherSource},198.51.100.31,ME -p 1,11`],
  },
  {
    says: 'names of sources',
    modes: ['stcp'],
    options: { ...BLOCK, RESOLVE_HOST: '1' },
    files: {
      '/etc/hosts': `127.0.0.1 localhost\n${scanner} scanner.example\n${lastSources.tcp} client.example\n`,
    },
    steps: ['-sS -p 1,11'],
  },
];
