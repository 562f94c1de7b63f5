import { addresses } from '../../../scripts/lab/lab.ts';
import { BLOCKED, HOSTS_DENY, IGNORE, type Mode } from '../../../scripts/lab/portsentry.ts';
import { BLOCK, type Case, COMMAND } from './case.ts';
import { otherSource } from './play.ts';

const { client, scanner } = addresses;
const tcpModes: readonly Mode[] = ['tcp', 'stcp', 'atcp'];
const udpModes: readonly Mode[] = ['udp', 'sudp', 'audp'];
const stealthModes: readonly Mode[] = ['stcp', 'atcp', 'sudp', 'audp'];
const both: readonly Mode[] = ['atcp', 'audp'];
const isTcp = (mode: Mode) => mode.endsWith('tcp');
/** A scan that every mode of that protocol sees. */
const probe = (mode: Mode, ports: string) => `${isTcp(mode) ? '-sT' : '-sU'} -p ${ports}`;

const kinds: readonly Case[] = [
  ...(['stcp', 'atcp'] as const).map((mode) => ({
    says: `${mode}: types of scan`,
    modes: [mode],
    steps: ['-sS', '-sT', '-sN', '-sF', '-sX', '-sA', '-sW', '-sM'].map((type) => `${type} -p 11,79`),
  })),
  {
    says: 'odd flags',
    modes: ['atcp'],
    steps: ['SYNFIN', 'PSH', 'URG', 'SYNURG', 'FINPSH', 'FINURG', 'URGPSHFINSYN', 'SYNRST', 'SYNACK', 'RST'].map(
      (flags) => `--scanflags ${flags} -p 11`,
    ),
  },
  {
    says: 'congestion bits',
    modes: ['stcp'],
    steps: ['ECE', 'CWRECE', 'SYNECECWR', 'FINECE'].map((flags) => `--scanflags ${flags} -p 11`),
  },
  { says: 'fragments', modes: ['stcp'], steps: ['-sS -f -p 11', '-sX -f -p 15'] },
  { says: 'larger fragments', modes: ['atcp'], steps: ['-sS --mtu 24 -p 11', '-sN --mtu 24 -p 11'] },
  {
    says: 'disguises: wrong checksum, source port, data, a short life',
    modes: ['stcp'],
    steps: ['--badsum', '-g 53', '--data-length 20', '--ttl 3'].map((disguise) => `-sS ${disguise} -p 11`),
  },
  { says: 'IP options, TCP', modes: ['stcp'], steps: ['-sS --ip-options R -p 11', '-sX --ip-options R -p 79'] },
  { says: 'IP options, UDP', modes: ['audp'], steps: ['-sU --ip-options R -p 7,11'] },
  {
    says: 'kinds of datagrams',
    modes: ['sudp'],
    steps: ['-sU -p 7', '-sU --data-length 64 -f -p 7', '-sU --badsum -p 7', '-sU --data-length 0 -p 7'],
  },
  {
    says: 'kinds of datagrams, to a socket',
    modes: ['udp'],
    steps: ['-sU -p 7', '-sU --data-length 64 -f -p 7', '-sU --badsum -p 7', '-sU --ip-options R -p 7'],
  },
  {
    says: 'what a socket that is connected to never hears of',
    modes: ['tcp'],
    steps: ['-sS', '-sN', '-sF', '-sX', '-sA', '-sS -f', '--scanflags SYNFIN', '-sT'].map((type) => `${type} -p 11`),
  },
  { says: 'protocols beside TCP and UDP', modes: both, steps: ['-sY -p 7,11', '-sO -p 1,2,132'] },
];

const answers: readonly Case[] = [
  ...[...tcpModes, ...udpModes].flatMap((mode) => [
    { says: `${mode}: BLOCK 0`, modes: [mode], steps: [probe(mode, '1,7,9,11'), probe(mode, '1')] },
    { says: `${mode}: BLOCK 1`, modes: [mode], options: BLOCK, steps: [probe(mode, '1,7,9,11'), probe(mode, '1')] },
    { says: `${mode}: BLOCK 2`, modes: [mode], options: COMMAND, steps: [probe(mode, '1,7,9,11'), probe(mode, '1')] },
  ]),
  {
    says: 'KILL_RUN_CMD_FIRST',
    modes: ['atcp'],
    options: { ...BLOCK, KILL_RUN_CMD_FIRST: '1' },
    steps: ['-sS -p 1,2'],
  },
  { says: 'both protocols, BLOCK 0', modes: both, steps: ['-sS -p 1,2', '-sU -p 1,2'] },
  { says: 'both protocols, BLOCK 1', modes: both, options: BLOCK, steps: ['-sS -p 1,2', '-sU -p 1,2'] },
  {
    says: 'both protocols, UDP alone blocks',
    modes: ['stcp', 'sudp'],
    options: { BLOCK_UDP: '1' },
    steps: ['-sS -p 1,11', '-sU -p 1', '-sS -p 15'],
  },
  { says: 'BLOCK 1 and no response', modes: ['stcp'], options: { ...BLOCK, ...none() }, steps: ['-sS -p 1,11'] },
  { says: 'BLOCK 1 and empty responses', modes: ['audp'], options: { ...BLOCK, ...none('') }, steps: ['-sU -p 1,11'] },
  { says: 'BLOCK 2 and no command', modes: ['stcp'], options: { ...COMMAND, ...none() }, steps: ['-sS -p 1,11'] },
  { says: 'BLOCK 3', modes: ['stcp'], options: { BLOCK_TCP: '3' }, steps: ['-sS -p 1,11'] },
  { says: 'no BLOCK', modes: ['stcp'], options: { BLOCK_TCP: undefined }, steps: ['-sS -p 1,11'] },
  {
    says: 'commands that fail',
    modes: ['stcp'],
    options: { ...BLOCK, KILL_ROUTE: 'exit 3 # $TARGET$', KILL_RUN_CMD: 'no-such-command $TARGET$' },
    steps: ['-sS -p 1,11'],
  },
  {
    says: 'a source that hosts.deny has already',
    modes: ['stcp'],
    options: BLOCK,
    files: { [HOSTS_DENY]: `# kept\nALL: ${scanner.ipv4} : DENY\n` },
    steps: ['-sS -p 1'],
  },
  { says: 'decoys', modes: ['stcp'], options: BLOCK, steps: ['-sS -D 198.51.100.30,198.51.100.31,ME -p 1,11'] },
  {
    says: 'names of sources',
    modes: ['stcp'],
    options: { ...BLOCK, RESOLVE_HOST: '1' },
    files: { '/etc/hosts': `127.0.0.1 localhost\n${scanner.ipv4} scanner.example\n` },
    steps: ['-sS -p 1,11'],
  },
];

/** No KILL_* at all, or with this value. */
function none(value?: string) {
  return { KILL_ROUTE: value, KILL_HOSTS_DENY: value, KILL_RUN_CMD: value };
}

const triggers: readonly Case[] = [
  ...[0, 1, 2, 3].map((trigger) => ({
    says: `SCAN_TRIGGER ${trigger}`,
    modes: [trigger % 2 ? 'sudp' : 'stcp'] as Mode[],
    options: { SCAN_TRIGGER: String(trigger) },
    steps: [trigger % 2 ? '-sU -p 1,7,9,1' : '-sS -p 1,11,15,79', { nmap: '-sS -p 1', from: otherSource }],
  })),
  { says: 'SCAN_TRIGGER 2, one port twice', modes: ['atcp'], options: { SCAN_TRIGGER: '2' }, steps: ['-sS -p 1', '-sS -p 1'] },
  { says: 'SCAN_TRIGGER 2, connected to', modes: ['tcp'], options: { SCAN_TRIGGER: '2', ...BLOCK }, steps: ['-sT -p 1,11,15'] },
  { says: 'SCAN_TRIGGER 3, datagrams to sockets', modes: ['udp'], options: { SCAN_TRIGGER: '3' }, steps: ['-sU -p 1,7,9'] },
  {
    says: 'SCAN_TRIGGER 2, each protocol for itself',
    modes: both,
    options: { SCAN_TRIGGER: '2' },
    steps: ['-sS -p 1', '-sU -p 1', '-sU -p 2'],
  },
  {
    says: 'no SCAN_TRIGGER',
    modes: ['stcp'],
    options: { SCAN_TRIGGER: undefined },
    steps: ['-sS -p 1'],
  },
];

const ignored: readonly Case[] = [...tcpModes, ...udpModes].map((mode) => ({
  says: `${mode}: an ignored source`,
  modes: [mode],
  options: BLOCK,
  files: { [IGNORE]: `# ours\n${scanner.ipv4}/32 # the scanner\n` },
  steps: [probe(mode, '1,7,9,11')],
}));

export const cases: readonly Case[] = [...kinds, ...answers, ...triggers, ...ignored];
void BLOCKED; void client; void stealthModes;
