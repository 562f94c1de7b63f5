/** How many probes it takes, and of whom. */
import { addresses } from '../../../../scripts/lab/lab.ts';
import { IGNORE, type Mode, protocolOf } from '../../../../scripts/lab/portsentry.ts';
import { BLOCK, type Case, otherSource, type Step } from '../case.ts';

const modes: readonly Mode[] = ['tcp', 'stcp', 'atcp', 'udp', 'sudp', 'audp'];
const answered: Step = { answered: addresses.scanner.ipv4, protocol: 'tcp' };

export const triggers: readonly Case[] = [
  ...[0, 1, 2, 3].map((trigger) => ({
    says: `SCAN_TRIGGER ${trigger}`,
    modes: ['stcp'] as const,
    options: { SCAN_TRIGGER: String(trigger) },
    steps: ['-sS -p 1,11,15,79', { nmap: '-sS -p 1', from: otherSource }],
  })),
  {
    says: 'SCAN_TRIGGER 2, one port twice',
    modes: ['atcp'],
    options: { SCAN_TRIGGER: '2' },
    steps: ['-sS -p 1', '-sS -p 1'],
  },
  {
    says: 'SCAN_TRIGGER 2, connections',
    modes: ['tcp'],
    options: { ...BLOCK, SCAN_TRIGGER: '2' },
    steps: ['-sT -p 1,11', answered, '-sT -p 15'],
  },
  {
    says: 'SCAN_TRIGGER 3, datagrams to sockets',
    modes: ['udp'],
    options: { SCAN_TRIGGER: '3' },
    steps: ['-sU -p 1,7,9'],
  },
  {
    says: 'no SCAN_TRIGGER',
    modes: ['stcp'],
    options: { SCAN_TRIGGER: undefined },
    steps: ['-sS -p 1'],
    differences: [{ because: 'absent-options', without: /Could not read SCAN_TRIGGER option/ }],
  },
  {
    says: 'SCAN_TRIGGER 2, each protocol for itself',
    modes: ['atcp', 'audp'],
    options: { SCAN_TRIGGER: '2' },
    steps: ['-sS -p 1', '-sU -p 1', '-sU -p 2'],
  },
  ...modes.map((mode) => ({
    says: `${mode}: an ignored source`,
    modes: [mode],
    options: BLOCK,
    files: { [IGNORE]: `# ours\n${addresses.scanner.ipv4}/32 # the scanner\n` },
    steps: [`${protocolOf(mode) === 'tcp' ? '-sT' : '-sU'} -p 1,7,9,11`],
  })),
];
