import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy, parsePolicyWithNotes } from '../../../../src/config/load.ts';
import type { ReadOptions } from '../../../../src/config/portsentry/translate.ts';
import { refusal } from '../bad.ts';
import { FILES } from './read.ts';

const PORTS = 'TCP_PORTS="1,11"\n';

describe('a portsentry.conf and no YAML', () => {
  for (const [says, text, format] of [
    ['a setting', PORTS, 'portsentry'],
    ['blanks around the equals sign', 'TCP_PORTS = "1"\n', 'portsentry'],
    ['a setting without quotes', 'TCP_PORTS=1\n', 'portsentry'],
    ['a colon in a value', `${PORTS}KILL_HOSTS_DENY="ALL: $TARGET$ : DENY"\n`, 'portsentry'],
    ['YAML in a comment', `# mode: enforce\n${PORTS}`, 'portsentry'],
    ['a byte order mark', `\uFEFF${PORTS}`, 'portsentry'],
    ['carriage returns', 'TCP_PORTS="1"\r\nUDP_PORTS="1"\r\n', 'portsentry'],
    ['a stray that could be YAML below a setting', `${PORTS}mode: enforce\n`, 'portsentry'],
    ['a stray in capitals', `ALL: x\n${PORTS}`, 'portsentry'],
    ['YAML', 'mode: enforce\n', 'yaml'],
    ['nothing', '', 'yaml'],
    ['a setting in a comment of YAML', 'mode: enforce\n# TCP_PORTS="1"\n', 'yaml'],
    ['YAML with a setting in a text', 'responses:\n  command:\n    run: |-\n      A="1"\n', 'yaml'],
    ['YAML in braces', '{mode: enforce}\n', 'yaml'],
  ] as const) {
    test(`${says}: ${format}`, () => assert.equal(parsePolicyWithNotes(text, 'x').format, format));
  }

  test('a text of comments is one for whoever names modes', () => {
    const error = refusal(() => parsePolicy('# TCP_PORTS="1"\n', 'x.conf', { modes: { tcp: 'stcp' } }));
    assert.match(error.detail, /^x\.conf:1: nothing would be watched: TCP_PORTS is not there/);
  });
  test('YAML takes no modes', () => {
    const error = refusal(() => parsePolicy('mode: enforce\n', 'x.yaml', { modes: { tcp: 'stcp' } }));
    assert.deepEqual(
      [error.code, error.detail],
      ['XS_ERR_USAGE', 'modes are for a portsentry.conf, and x.yaml is YAML'],
    );
  });
});

describe('whose portsentry.conf it is', () => {
  const histories = {
    of12: 'HISTORY_FILE="/var/lib/portsentry/portsentry.history"\n',
    of2: 'HISTORY_FILE="/var/log/portsentry.log"\n',
  };
  const others = 'IGNORE_FILE="/etc/portsentry/portsentry.ignore"\nBLOCKED_FILE="/tmp/portsentry.blocked"\n';
  for (const [says, text, options, style] of [
    ['an option that only 1.2 has', `${PORTS}ADVANCED_EXCLUDE_UDP="520"\n`, {}, '1.2'],
    ['a range, and an option that only 1.2 has', 'TCP_PORTS="1-5"\nADVANCED_PORTS_TCP="9"\n', {}, '1.2'],
    ['a range, and the files of 1.2', `TCP_PORTS="1, 5 - 9"\n${FILES}`, {}, '2'],
    ['all three files, with a history of 1.2', `${PORTS}${others}${histories.of12}`, {}, '1.2'],
    ['all three files, with the log of 2', `${PORTS}${others}${histories.of2}`, {}, '2'],
    ['a history of 1.2 without the other files', `${PORTS}${histories.of12}`, {}, '2'],
    ['nothing that tells', PORTS, {}, '2'],
    ['the version that is asked for', PORTS, { style: '1.2' }, '1.2'],
    ['the modes that are asked for', PORTS, { modes: { tcp: 'stcp' } }, '1.2'],
    [
      'modes of 2 with an option of 1.2',
      `${PORTS}ADVANCED_PORTS_TCP="9"\n`,
      { modes: { tcp: 'stealth' } },
      '2',
    ],
  ] as readonly (readonly [string, string, ReadOptions, string])[]) {
    test(`${says}: ${style}`, () => assert.equal(parsePolicy(text, 'x', options).portsentry?.style, style));
  }

  for (const [says, options] of [
    ['modes of both versions', { modes: { tcp: 'stcp', udp: 'stealth' } }],
    ['modes of the other version', { modes: { tcp: 'stcp' }, style: '2' }],
  ] as readonly (readonly [string, ReadOptions])[]) {
    test(`${says} are refused`, () => {
      assert.equal(refusal(() => parsePolicy(PORTS, 'x', options)).code, 'XS_ERR_USAGE');
    });
  }
});
