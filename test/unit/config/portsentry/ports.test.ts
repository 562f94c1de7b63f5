import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../../src/config/load.ts';
import type { PortsentryModes } from '../../../../src/config/portsentry/modes.ts';
import { refusal } from '../bad.ts';
import { FILES, type Read, read2, read12 } from './read.ts';

type Case = readonly [
  says: string,
  lines: string,
  modes: PortsentryModes,
  watched: string,
  listened: string,
  warnings?: readonly string[],
  differences?: readonly string[],
];

const words = ({ policy }: Read) => ({
  watched: `${policy.monitor.tcp}/${policy.monitor.udp}`,
  listened: `${policy.listen.tcp}/${policy.listen.udp}`,
});

const seventy = Array.from({ length: 70 }, (_, index) => 100 + index);

const cases12: readonly Case[] = [
  [
    'stcp and sudp: the lists',
    'TCP_PORTS="1,11"\nUDP_PORTS="7"',
    { tcp: 'stcp', udp: 'sudp' },
    '1,11/7',
    '/',
  ],
  [
    'tcp and udp: the lists, listened at',
    'TCP_PORTS="1,11"\nUDP_PORTS="7"',
    { tcp: 'tcp', udp: 'udp' },
    '/',
    '1,11/7',
  ],
  ['one of each', 'TCP_PORTS="1"\nADVANCED_PORTS_UDP="4"', { tcp: 'tcp', udp: 'audp' }, '/0-3', '1/'],
  ['one mode alone', 'TCP_PORTS="1"\nUDP_PORTS="7"', { udp: 'sudp' }, '/7', '/'],
  [
    'atcp and audp: all below a number, without what is excluded',
    'ADVANCED_PORTS_TCP="1024"\nADVANCED_EXCLUDE_TCP="113,139"\nADVANCED_PORTS_UDP="9"',
    { tcp: 'atcp', udp: 'audp' },
    '0-112,114-138,140-1023/0-8',
    '/',
  ],
  ['atcp does not ask for TCP_PORTS', 'TCP_PORTS="x"\nADVANCED_PORTS_TCP="2"', { tcp: 'atcp' }, '0-1/', '/'],
  ['the lowest number', 'ADVANCED_PORTS_TCP="1"', { tcp: 'atcp' }, '0/', '/'],
  ['the highest', 'ADVANCED_PORTS_TCP="65536"', { tcp: 'atcp' }, '0-65535/', '/'],
  [
    'a higher one',
    'ADVANCED_PORTS_TCP="70000"',
    { tcp: 'atcp' },
    '0-65535/',
    '/',
    ['1: ADVANCED_PORTS_TCP: there are no ports from 65536 on; all the others are watched'],
  ],
  [
    'no number, in lines that are there and not there',
    'ADVANCED_PORTS_TCP="all"',
    { tcp: 'atcp', udp: 'audp' },
    '0-1023/0-1023',
    '/',
    [
      '0: ADVANCED_PORTS_UDP is not there; ports below 1024 are watched, as in PortSentry 1.2',
      '1: ADVANCED_PORTS_TCP: "all" is no number; ports below 1024 are watched',
    ],
  ],
  [
    'a negative number',
    'ADVANCED_PORTS_TCP="-1"',
    { tcp: 'atcp' },
    '0-1023/',
    '/',
    ['1: ADVANCED_PORTS_TCP: "-1" is no number; ports below 1024 are watched'],
  ],
  ['blanks, and commas too many', 'TCP_PORTS=" 1, 2 ,,3,"', { tcp: 'stcp' }, '1-3/', '/'],
  ['port 0 is a port', 'TCP_PORTS="0"', { tcp: 'stcp' }, '0/', '/'],
  [
    'but nobody can listen there',
    'TCP_PORTS="0,5"',
    { tcp: 'tcp' },
    '/',
    '5/',
    ['1: TCP_PORTS: "0" is no port and is left out'],
  ],
  [
    'what is no port',
    'TCP_PORTS="abc,70000,5-3,-1,22x,80"',
    { tcp: 'stcp' },
    '80/',
    '/',
    ['1: TCP_PORTS: "abc", "70000", "5-3", "-1", "22x" are no ports and are left out'],
  ],
  [
    'and a great deal of it',
    `TCP_PORTS="80,${'x,'.repeat(400)}"`,
    { tcp: 'stcp' },
    '80/',
    '/',
    ['1: TCP_PORTS: "x", "x", "x", "x", "x" and 395 more are no ports and are left out'],
  ],
  [
    'ranges',
    'TCP_PORTS="1,20 - 25,30-31"',
    { tcp: 'stcp' },
    '1,20-25,30-31/',
    '/',
    [],
    ['1: the ports 20 - 25 of TCP_PORTS are watched; PortSentry 1.2 watches only the first of them'],
  ],
  ['64 ports', `TCP_PORTS="${seventy.slice(0, 64)}"`, { tcp: 'stcp' }, '100-163/', '/'],
  [
    'more than 64 ports',
    `TCP_PORTS="${seventy}"`,
    { tcp: 'stcp' },
    '100-169/',
    '/',
    [],
    ['1: all 70 ports of TCP_PORTS are watched; PortSentry 1.2 watches the first 64'],
  ],
  [
    'more than 65 excluded ports',
    `ADVANCED_PORTS_UDP="171"\nADVANCED_EXCLUDE_UDP="${seventy}"`,
    { udp: 'audp' },
    '/0-99,170',
    '/',
    [],
    ['2: all 70 ports of ADVANCED_EXCLUDE_UDP are left out; PortSentry 1.2 leaves out the first 65'],
  ],
  [
    'a protocol whose list is missing',
    'TCP_PORTS="1"',
    { tcp: 'stcp', udp: 'sudp' },
    '1/',
    '/',
    ['0: UDP is not watched: UDP_PORTS is not there'],
  ],
];

const stealth: PortsentryModes = { tcp: 'stealth', udp: 'stealth' };
const connect: PortsentryModes = { tcp: 'connect', udp: 'connect' };
const cases2: readonly Case[] = [
  ['stealth: the lists', 'TCP_PORTS="1,20-25"\nUDP_PORTS="7-7"', stealth, '1,20-25/7', '/'],
  ['connect: the lists, listened at', 'TCP_PORTS="1,20-25"\nUDP_PORTS="7"', connect, '/', '1,20-25/7'],
  ['more than 64 ports', `TCP_PORTS="${seventy}"`, stealth, '100-169/', '/'],
  ['TCP alone', 'TCP_PORTS="1"', stealth, '1/', '/'],
  [
    'port 0 is none',
    'UDP_PORTS="0,1-2"',
    stealth,
    '/1-2',
    '/',
    ['1: UDP_PORTS: "0" is no port and is left out'],
  ],
];

for (const [name, read, cases] of [
  ['ports of PortSentry 1.2', read12, cases12],
  ['ports of PortSentry 2', read2, cases2],
] as const) {
  describe(name, () => {
    for (const [says, lines, modes, watched, listened, warnings = [], differences = []] of cases) {
      test(says, () => {
        const result = read(lines, modes);
        assert.deepEqual(words(result), { watched, listened });
        assert.deepEqual([result.warnings, result.differences], [warnings, differences]);
      });
    }
  });
}

describe('nothing to watch is an error that names a line', () => {
  for (const [says, lines, modes, message] of [
    [
      'no list',
      'SCAN_TRIGGER="0"',
      { tcp: 'stcp' },
      '1: nothing would be watched: TCP_PORTS is not there, and UDP has no mode',
    ],
    [
      'empty lists',
      '#\nTCP_PORTS="x"\nUDP_PORTS=""',
      { tcp: 'tcp', udp: 'udp' },
      '2: nothing would be watched: TCP_PORTS names no port, and UDP_PORTS names no port',
    ],
    [
      'no port below',
      'ADVANCED_PORTS_TCP="0"',
      { tcp: 'atcp' },
      '1: nothing would be watched: ADVANCED_PORTS_TCP is 0, and UDP has no mode',
    ],
  ] as const) {
    test(says, () => {
      const error = refusal(() => parsePolicy(`${lines}\n${FILES}`, 'x.conf', { modes }));
      assert.deepEqual(
        [error.code, error.detail],
        ['XS_ERR_CONFIG', `x.conf:${message}; name ports to watch`],
      );
    });
  }
});
