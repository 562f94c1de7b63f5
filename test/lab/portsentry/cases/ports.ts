/** Which ports are watched, and when. */
import { addresses } from '../../../../scripts/lab/lab.ts';
import { type Mode, protocolOf } from '../../../../scripts/lab/portsentry.ts';
import type { Case, Difference, Service } from '../case.ts';

const { ipv4: scanner } = addresses.scanner;
const stealthModes: readonly Mode[] = ['stcp', 'atcp', 'sudp', 'audp'];
const typeOf = (mode: Mode) => (protocolOf(mode) === 'tcp' ? '-sS' : '-sU');
/** In the lists of both protocols, by the default configuration. */
const portOf = (mode: Mode) => (protocolOf(mode) === 'tcp' ? 11 : 7);
const serviceOf = (mode: Mode): Service => `${portOf(mode)}/${protocolOf(mode)}`;

/** The lines about a probe from a source that is on record already. */
function seenAgain(mode: Mode): string[] {
  const isTcp = protocolOf(mode) === 'tcp';
  const where = `from host: ${scanner}/${scanner} to ${isTcp ? 'TCP' : 'UDP'} port: ${portOf(mode)}`;
  return [
    `attackalert: ${isTcp ? 'TCP SYN/Normal' : 'UDP'} scan ${where}`,
    `attackalert: Host: ${scanner}/${scanner} is already blocked Ignoring`,
  ];
}

const wrongPort: readonly Difference[] = [
  {
    because: 'right-port',
    without: new RegExp(`Connect from host: ${scanner}/${scanner} to (TCP port: 11|UDP port: 7)$`),
  },
];

export const ports: readonly Case[] = [
  { says: 'both ends of what is watched', modes: ['atcp'], steps: ['-sS -p 0,1,20,113,119,120,121,1023'] },
  { says: 'listed and not listed', modes: ['sudp'], steps: ['-sU -p 1,2,7,8,9,10'] },
  {
    says: 'nothing excluded',
    modes: ['atcp'],
    options: { ADVANCED_EXCLUDE_TCP: '' },
    steps: ['-sS -p 1,119', '-sS -p 200,30000'],
    differences: [
      {
        because: 'bound-kept',
        without: /TCP port: (200|30000)$|is already blocked/,
        with: [
          `attackalert: Host: ${scanner}/${scanner} is already blocked Ignoring`, // at port 119
          'adminalert: Advanced mode will manually exclude no ports', // PortSentry 1.2 says so when the option is absent
        ],
      },
    ],
  },
  ...stealthModes.map((mode) => ({
    says: `${mode}: a service comes and goes`,
    modes: [mode],
    steps: [
      `${typeOf(mode)} -p 1`,
      { occupy: serviceOf(mode) },
      `${typeOf(mode)} -p ${portOf(mode)}`,
      { free: serviceOf(mode) },
      `${typeOf(mode)} -p ${portOf(mode)}`,
    ],
  })),
  ...stealthModes.map((mode) => ({
    says: `${mode}: a service that was there first`,
    modes: [mode],
    before: [{ occupy: serviceOf(mode) }],
    steps: [
      `${typeOf(mode)} -p 1,${portOf(mode)}`,
      { free: serviceOf(mode) },
      `${typeOf(mode)} -p ${portOf(mode)}`,
    ],
    differences: [{ because: 'unused-right-now' as const, with: seenAgain(mode) }],
  })),
  {
    says: 'stealth scans of a served port',
    modes: ['atcp'],
    before: [{ occupy: '11/tcp' }],
    steps: ['-sX -p 11', '-sN -p 11', '--scanflags SYNFIN -p 11', '-sS -p 15'],
  },
  {
    says: 'tcp: a port that cannot be bound',
    modes: ['tcp'],
    before: [{ occupy: '11/tcp' }],
    steps: ['-sT -p 1,11,15'],
    differences: wrongPort.map((one) => ({
      ...one,
      with: [`attackalert: Connect from host: ${scanner}/${scanner} to TCP port: 15`],
    })),
  },
  {
    says: 'udp: a port that cannot be bound',
    modes: ['udp'],
    before: [{ occupy: '7/udp' }],
    steps: ['-sU -p 1,7,9'],
    differences: wrongPort.map((one) => ({
      ...one,
      with: [`attackalert: Connect from host: ${scanner}/${scanner} to UDP port: 9`],
    })),
  },
  {
    says: 'broadcasts',
    modes: ['audp'],
    steps: ['-sU -p 4', { broadcast: '198.51.100.255', port: 5 }, { broadcast: '255.255.255.255', port: 6 }],
    differences: [
      {
        because: 'unicast-only',
        without: new RegExp(`UDP port: [56]$|Host: ${scanner}/${scanner} is already`),
      },
    ],
  },
];
