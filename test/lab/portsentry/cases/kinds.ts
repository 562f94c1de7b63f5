/** What a probe looks like. */
import type { Case } from '../case.ts';

export const kinds: readonly Case[] = [
  ...(['stcp', 'atcp'] as const).map((mode) => ({
    says: `${mode}: types of scan`,
    modes: [mode],
    steps: ['-sS', '-sT', '-sN', '-sF', '-sX', '-sA', '-sW', '-sM'].map((type) => `${type} -p 11,79`),
  })),
  {
    says: 'odd flags',
    modes: ['atcp'],
    steps: [
      'SYNFIN',
      'PSH',
      'URG',
      'SYNURG',
      'FINPSH',
      'FINURG',
      'URGPSHFINSYN',
      'SYNRST',
      'SYNACK',
      'RST',
    ].map((flags) => `--scanflags ${flags} -p 11`),
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
  {
    says: 'IP options, TCP',
    modes: ['stcp'],
    steps: ['-sS --ip-options R -p 11', '-sX --ip-options R -p 79'],
  },
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
    steps: ['-sS', '-sN', '-sF', '-sX', '-sA', '-sS -f', '--scanflags SYNFIN', '-sT'].map(
      (type) => `${type} -p 11`,
    ),
  },
  { says: 'protocols beside TCP and UDP', modes: ['atcp', 'audp'], steps: ['-sY -p 7,11', '-sO -p 1,2,132'] },
];
