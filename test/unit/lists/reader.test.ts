/** What a list says, whatever it looks like. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_NETWORKS } from '../../../src/lists/reader.ts';
import { read } from './read.ts';

const SPAMHAUS = [
  '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}',
  '{"cidr":"2a06:5280::/29","sblid":"SBL325529","rir":"ripencc"}',
  '{"type":"metadata","timestamp":1764273600,"size":71232,"records":2,"copyright":"(c)","terms":"https://example.org/"}',
].join('\n');

const NETSET = `#
# example_level1
#
# ipv4 hash:net ipset
# Entries: 2 unique IPs
198.51.100.0/24
198.18.0.1
`;

describe('a list', () => {
  const written: readonly (readonly [says: string, text: string, networks: string[]])[] = [
    ['plain', '198.51.100.7\n2001:db8::/32\n', ['198.51.100.7', '2001:db8::/32']],
    ['with no newline at its end', '198.51.100.7', ['198.51.100.7']],
    ['with carriage returns', '198.51.100.7\r\n198.18.0.0/15\r\n', ['198.18.0.0/15', '198.51.100.7']],
    ['with blanks and tabs around', ' \t198.51.100.7 \t\n\n   \n', ['198.51.100.7']],
    [
      'with comments',
      '# a\n; b\n198.51.100.7 # c\n198.51.100.8;d\n  # e\n',
      ['198.51.100.7', '198.51.100.8'],
    ],
    ['as Spamhaus wrote it once', '; Spamhaus DROP List\n1.10.16.0/20 ; SBL256894\n', ['1.10.16.0/20']],
    ['a netset', NETSET, ['198.18.0.1', '198.51.100.0/24']],
    ['as Spamhaus writes it', SPAMHAUS, ['1.10.16.0/20', '2a06:5280::/29']],
    ['as Spamhaus writes it, of no entry', SPAMHAUS.split('\n')[2]!, []],
    ['with a byte order mark', '\uFEFF198.51.100.7\n', ['198.51.100.7']],
    ['with a byte order mark before JSON', `\uFEFF${SPAMHAUS}`, ['1.10.16.0/20', '2a06:5280::/29']],
    [
      'with bits behind the length',
      '198.51.100.7/24\n2001:db8::1/32\n',
      ['198.51.100.0/24', '2001:db8::/32'],
    ],
    ['with IPv4 in IPv6', '::ffff:198.51.100.7\n::ffff:c633:6408\n', ['198.51.100.7', '198.51.100.8']],
    ['with dotted IPv6', '2001:db8::198.51.100.7\n', ['2001:db8::c633:6407']],
    [
      'with a range',
      '198.51.100.1-198.51.100.6\n',
      ['198.51.100.1', '198.51.100.2/31', '198.51.100.4/31', '198.51.100.6'],
    ],
    ['with a range of one, and blanks', '198.51.100.1 - 198.51.100.1\n', ['198.51.100.1']],
    ['with a range that is a network', '198.18.0.0-198.19.255.255', ['198.18.0.0/15']],
    ['of comments only: it is meant to be empty', '# nothing today\n', []],
    [
      'with a comment longer than a line is read',
      `#${'x'.repeat(100_000)}\n198.51.100.7\n`,
      ['198.51.100.7'],
    ],
  ];
  for (const [says, text, networks] of written) {
    test(says, () => {
      const list = read(text);
      assert.deepEqual(list.networks, networks);
      assert.equal(list.bad, 0);
    });
  }

  test('counts what is there twice, or within others', () => {
    const { networks, repeated, ipv4, ipv6 } = read(
      '198.51.100.7\n198.51.100.0/24\n198.51.100.7\n2001:db8::1\n',
    );
    assert.deepEqual([networks.length, repeated, ipv4, ipv6], [2, 2, 1, 1]);
  });

  test('leaves out what must not be blocked, counts it by the reason, and says where the first of it is', () => {
    const { networks, skipped, skippedLines } = read(
      '# x\n10.0.0.0/8\n198.51.100.7\n192.168.1.1\n0.0.0.0/0\n::/0\n',
    );
    assert.deepEqual(networks, ['198.51.100.7']);
    assert.deepEqual(skipped, { too_wide: 2, private: 2, own: 0, ignored: 0 });
    assert.deepEqual(skippedLines, [
      { line: 2, text: '10.0.0.0/8 (private)' },
      { line: 4, text: '192.168.1.1 (private)' },
      { line: 5, text: '0.0.0.0/0 (too wide)' },
      { line: 6, text: '::/0 (too wide)' },
    ]);
  });

  test('counts the lines that cannot be read, and says which were the first', () => {
    const bad = [
      'host.example',
      '198.51.100',
      '198.51.100.07',
      '198.51.100.7/33',
      '198.51.100.7 x',
      '2001:db8::/129',
    ];
    const good = Array.from({ length: 6 }, (_, host) => `198.51.100.${host}`);
    const list = read([...good, ...bad].join('\n'));
    assert.deepEqual([list.networks.length, list.bad], [6, 6]);
    assert.deepEqual(
      list.badLines,
      ['no address', '"198.51.100"', '"198.51.100.07"', '"198.51.100.7/33"', '"198.51.100.7 …"'].map(
        (text, index) => ({ line: 7 + index, text }),
      ),
    );
  });

  const wrong = [
    '198.51.100.256',
    '0198.51.100.7',
    '198.51.100.7/',
    '198.51.100.7/024',
    '198.51.100.7/-1',
    '198.51.100.7.1',
    '.198.51.100.7',
    '198.51.100.7.',
    '198.51..7',
    '198.51.100.9-198.51.100.7',
    '198.51.100.7-',
    '198.51.100.7-198.51.100.300',
    '198.51.100.0 255.255.255.0',
    '198.51.100.7,x',
    '0xc6336407',
    '3325256711',
    ':',
    ':::',
    '2001:db8:::1',
    '2001:db8::1::2',
    '2001:db8:1:2:3:4:5',
    '2001:db8:1:2:3:4:5:6:7',
    '2001:db8::12345',
    '2001:db8::/',
    '2001:db8::/032',
    '2001:db8::/3f',
    'fe80::1%eth0',
    '2001:db8::g',
    '{"cidr":"198.51.100.7"}', // in a plain list
    '198.51.100.7\0',
    '１９８.51.100.7',
  ];
  for (const text of wrong) {
    test(`${JSON.stringify(text)} is no line of a plain list`, () => {
      const { bad, networks } = read(`198.18.0.1\n${text}\n`, 'plain');
      assert.deepEqual([bad, networks], [1, ['198.18.0.1']]);
    });
  }

  const wrongJson = [
    '{',
    '[]',
    'null',
    '"198.51.100.7"',
    '{"cidr":1}',
    '{"cidr":"x"}',
    '{"asn":64496}',
    '198.51.100.7',
    '{"cidr":"\u0131.2.3.4"}',
  ];
  for (const text of wrongJson) {
    test(`${text} is no line of Spamhaus' lists`, () => {
      const { bad, networks } = read(`{"cidr":"198.18.0.1"}\n${text}\n`);
      assert.deepEqual([bad, networks], [1, ['198.18.0.1']]);
    });
  }
});

describe('what is no list', () => {
  const refused: readonly (readonly [says: string, text: string, error: RegExp])[] = [
    ['nothing', '', /it is empty; a list that is meant to have no entry has a comment line/],
    ['blank lines', '\n \r\n\n', /it is empty/],
    [
      'a web page',
      '<!DOCTYPE html>\n<html><body>503</body></html>\n',
      /a web page and no list: 0 of 2 lines can be read; line 1 is no address$/,
    ],
    [
      'prose',
      'Our list has moved.\nSee elsewhere.\n',
      /no list of addresses: 0 of 2 lines can be read; line 1 is no address$/,
    ],
    [
      'more lines that cannot be read than others',
      'a\nb\n198.51.100.7\n',
      /1 of 3 lines can be read; line 1 is no address$/,
    ],
    ['JSON of another kind', '{"error":"rate limited"}', /0 of 1 lines can be read/],
    ['NUL bytes', '\0'.repeat(100_000), /0 of 1 lines can be read; line 1 is no address$/],
    ['a megabyte in one line', `7.${'7'.repeat(1 << 20)}`, /0 of 1 lines can be read; line 1 is "7\.7{57}…"/],
    ['an address and a megabyte behind it', `198.51.100.7${' '.repeat(1 << 20)}`, /0 of 1 lines can be read/],
  ];
  for (const [says, text, error] of refused) {
    test(`${says} is refused`, () => void assert.throws(() => read(text), error));
  }

  const hugeLists: readonly (readonly [says: string, line: string, networks: number])[] = [
    ['short lines of many networks each', '1.0.0.1-2.255.255.254\n', 48],
    ['the same networks that are left out, again and again', '10.0.0.1-10.0.0.6\n', 4],
    ['IPv6 networks', '2001:db8::/32\n', 1],
  ];
  for (const [says, line, networks] of hugeLists) {
    test(`more networks than a list may have: ${says}`, () => {
      const lines = line.repeat(3);
      read(`198.51.100.7\n${lines}`, 'plain', networks * 3 + 1);
      assert.throws(
        () => read(`198.51.100.7\n${lines}`, 'plain', networks * 3),
        new Error(`it has more than ${networks * 3} networks (line 4)`),
      );
    });
  }

  test('no list has more than 16,777,216 networks', () => assert.equal(MAX_NETWORKS, 16_777_216));

  test('no control character of a line gets into the message', () => {
    assert.throws(
      () => read('\u001b[2Jx\u009b31m\n'),
      (error: Error) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/);
        return true;
      },
    );
  });
});
