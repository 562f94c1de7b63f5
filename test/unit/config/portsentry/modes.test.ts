/** Which modes a file gets that nobody names any for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../../src/config/load.ts';
import { parseModes } from '../../../../src/config/portsentry/modes.ts';
import { refusal } from '../bad.ts';
import { FILES, read } from './read.ts';

const LISTS = 'TCP_PORTS="1"\nUDP_PORTS="2"\n';
const ADVANCED = 'ADVANCED_PORTS_TCP="9"\nADVANCED_PORTS_UDP="9"\n';

const modes = (text: string, defaults?: string) => {
  const { policy, differences } = read(text, {
    ...(defaults !== undefined && { defaults: () => ({ path: '/d', text: defaults }) }),
  });
  return { modes: policy.portsentry?.modes, said: differences.find((line) => line.startsWith('0: read as')) };
};

describe('by what the file has', () => {
  const neither = 'and neither the command line nor the service says another';
  for (const [says, text, tcp, udp, said] of [
    [
      'ADVANCED_PORTS for both',
      LISTS + ADVANCED + FILES,
      'atcp',
      'audp',
      `0: read as for PortSentry 1.2 (only that version has ADVANCED_PORTS_TCP), mode atcp and audp: it has ADVANCED_PORTS, ${neither}`,
    ],
    [
      'ADVANCED_PORTS for TCP',
      `${LISTS}ADVANCED_PORTS_TCP="9"\n${FILES}`,
      'atcp',
      'sudp',
      `0: read as for PortSentry 1.2 (only that version has ADVANCED_PORTS_TCP), mode atcp and sudp: it has ADVANCED_PORTS, ${neither}`,
    ],
    [
      'no ADVANCED_PORTS',
      LISTS + FILES,
      'stcp',
      'sudp',
      `0: read as for PortSentry 1.2 (its files are those of that version), mode stcp and sudp: it has no ADVANCED_PORTS, ${neither}`,
    ],
    [
      'a file of version 2',
      'TCP_PORTS="1-5"\n',
      'stealth',
      undefined,
      '0: read as for PortSentry 2.x (only that version takes ranges, and TCP_PORTS has one), mode stealth: what it does without being told',
    ],
  ] as const) {
    test(says, () => assert.deepEqual(modes(text), { modes: { tcp, udp }, said }));
  }
});

describe('by /etc/default/portsentry', () => {
  for (const [says, defaults, tcp, udp] of [
    ['as Debian writes it', '# comment\nTCP_MODE="tcp"\nUDP_MODE="udp"\n', 'tcp', 'udp'],
    ['one of them', 'TCP_MODE="atcp"\nUDP_MODE=""\n', 'atcp', undefined],
    ['without quotes', 'TCP_MODE=stcp # why\n', 'stcp', undefined],
    ['in other quotes, and exported', "export UDP_MODE='sudp'\r\n", undefined, 'sudp'],
    ['twice: the last one', 'TCP_MODE="tcp"\nTCP_MODE="atcp"', 'atcp', undefined],
  ] as const) {
    test(says, () => {
      const result = modes(LISTS + ADVANCED + FILES, defaults);
      assert.deepEqual(result.modes, { tcp, udp });
      assert.match(result.said!, /: \/d says so$/);
    });
  }

  for (const [says, defaults, message] of [
    [
      'no mode',
      '',
      '/d:1: names no mode, so nothing would be watched; set TCP_MODE or UDP_MODE there, or say --modes',
    ],
    [
      'empty modes',
      '#\nTCP_MODE=""\nUDP_MODE=""',
      '/d:2: names no mode, so nothing would be watched; set TCP_MODE or UDP_MODE there, or say --modes',
    ],
    [
      'a mode of the other protocol',
      'UDP_MODE="tcp"',
      '/d:1: "tcp" is no mode; write udp, sudp, audp or nothing',
    ],
    [
      'a mode of version 2',
      'TCP_MODE="stealth"',
      '/d:1: "stealth" is no mode; write tcp, stcp, atcp or nothing',
    ],
    [
      'what only a shell can read',
      'TCP_MODE="$MODE"',
      '/d:1: "$MODE" is no mode; write tcp, stcp, atcp or nothing',
    ],
  ] as const) {
    test(`${says}: refused, as Debian's service does`, () => {
      const defaultsText = () => ({ path: '/d', text: defaults });
      const error = refusal(() => parsePolicy(LISTS + ADVANCED, 'x.conf', { defaults: defaultsText }));
      assert.deepEqual([error.code, error.detail], ['XS_ERR_CONFIG', message]);
    });
  }

  test('is not asked for a file of version 2, nor when modes are named', () => {
    const never = () => assert.fail('asked');
    assert.equal(parsePolicy('TCP_PORTS="1-5"', 'x', { defaults: never }).portsentry?.modes.tcp, 'stealth');
    const named = parsePolicy(LISTS, 'x', { defaults: never, modes: { tcp: 'stcp' } });
    assert.equal(named.portsentry?.modes.tcp, 'stcp');
  });
});

describe('modes in words', () => {
  for (const [text, expected] of [
    ['atcp,audp', { tcp: 'atcp', udp: 'audp' }],
    ['sudp , stcp', { tcp: 'stcp', udp: 'sudp' }],
    ['udp', { udp: 'udp' }],
    ['stealth', { tcp: 'stealth', udp: 'stealth' }],
    ['connect', { tcp: 'connect', udp: 'connect' }],
    ['', undefined],
    ['ATCP', undefined],
    ['atcp,stcp', undefined],
    ['atcp,atcp', undefined],
    ['stealth,connect', undefined],
    ['atcp,stealth', undefined],
  ] as const) {
    test(JSON.stringify(text), () => assert.deepEqual(parseModes(text), expected));
  }
});
