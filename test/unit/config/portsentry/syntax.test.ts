/** Odd lines: what counts, and what is said. What 1.2 passes over is passed over; what stops 2 is read as it was meant. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Read, read2, read12 } from './read.ts';

type Case = readonly [says: string, lines: string, value: string | undefined, warnings: readonly string[]];

/** The external command is looked at: any text may be one. */
const commandOf = ({ policy }: Read): string | undefined => policy.responses.command?.run;

const PORTS = 'TCP_PORTS="1"\nUDP_PORTS="1"';

/** The line under test is line 3. */
const in12: readonly Case[] = [
  ['as it should be', 'KILL_RUN_CMD="x"', 'x', []],
  ['blanks around the equals sign', 'KILL_RUN_CMD = "x"', 'x', []],
  ['several blanks', 'KILL_RUN_CMD  =   "x"', 'x', []],
  ['a blank instead of the equals sign', 'KILL_RUN_CMD "x"', 'x', []],
  ['a comment behind it', 'KILL_RUN_CMD="x" # why', 'x', []],
  ['a carriage return', 'KILL_RUN_CMD="x"\r', 'x', []],
  ['another option whose name goes on', 'KILL_RUN_CMD_FIRST="1"', undefined, []],
  ['empty', 'KILL_RUN_CMD=""', undefined, []],
  [
    'a blank before the key',
    ' KILL_RUN_CMD="x"',
    undefined,
    ['3: KILL_RUN_CMD has blanks before the key, and PortSentry 1.2 does not see it so; it is left out'],
  ],
  [
    'a tab behind the key',
    'KILL_RUN_CMD\t="x"',
    undefined,
    ['3: KILL_RUN_CMD has a tab behind the key, and PortSentry 1.2 does not see it so; it is left out'],
  ],
  [
    'no quotes, and a proper line after it',
    'KILL_RUN_CMD=x\nKILL_RUN_CMD="y"',
    undefined,
    [
      '3: KILL_RUN_CMD has no quotes; it counts as not set, as in PortSentry 1.2',
      '4: KILL_RUN_CMD stands in line 3 already, and the first one counts; this one is left out',
    ],
  ],
  [
    'a blank before the first of two',
    ' KILL_RUN_CMD="x"\nKILL_RUN_CMD="y"',
    'y',
    ['3: KILL_RUN_CMD has blanks before the key, and PortSentry 1.2 does not see it so; it is left out'],
  ],
  [
    'twice',
    'KILL_RUN_CMD="x"\nKILL_RUN_CMD="y"',
    'x',
    ['4: KILL_RUN_CMD stands in line 3 already, and the first one counts; this one is left out'],
  ],
  [
    'no closing quote',
    'KILL_RUN_CMD="x y  ',
    'x y',
    ['3: KILL_RUN_CMD has no closing quote; its value goes as far as the end of the line'],
  ],
  [
    'a control character',
    'KILL_RUN_CMD="x\u0007y"',
    'x',
    ['3: KILL_RUN_CMD has no closing quote; its value goes as far as a control character'],
  ],
  [
    'quotes in the value',
    'KILL_RUN_CMD="mail -s "scan" root"',
    'mail -s ',
    ['3: KILL_RUN_CMD ends at its second quote; "scan\\" root\\"" behind it is left out'],
  ],
  ['something before the quote', 'KILL_RUN_CMD=x"y"', 'y', ['3: "x" before the quote is left out']],
  [
    'small letters',
    'kill_run_cmd="x"',
    undefined,
    ['3: "kill_run_cmd" is no option and is left out; did you mean KILL_RUN_CMD?'],
  ],
  ['an unknown option', 'COLOUR="x"', undefined, ['3: "COLOUR" is no option and is left out']],
  [
    'an option of JavaScript',
    'constructor="x"',
    undefined,
    ['3: "constructor" is no option and is left out'],
  ],
  [
    'no option at all',
    'nonsense',
    undefined,
    ['3: "nonsense" sets nothing and is left out; an option looks like KEY="value"'],
  ],
  ['blank lines and comments', '\t \n  # x\n#KILL_RUN_CMD="x"', undefined, []],
];

const in2: readonly Case[] = [
  ['as it should be', 'KILL_RUN_CMD="x"', 'x', []],
  ['tabs around the equals sign', 'KILL_RUN_CMD\t=\t"x"', 'x', []],
  ['a comment behind it, and a carriage return', 'KILL_RUN_CMD="x" # why\r', 'x', []],
  [
    'a blank before the key',
    ' KILL_RUN_CMD="x"',
    'x',
    ['3: KILL_RUN_CMD has blanks before the key; it counts all the same'],
  ],
  ['no equals sign', 'KILL_RUN_CMD "x"', 'x', ['3: KILL_RUN_CMD has no = behind it; it counts all the same']],
  [
    'no quotes',
    'KILL_RUN_CMD=x y # why',
    'x y',
    ['3: KILL_RUN_CMD has no quotes; "x y" is taken for its value'],
  ],
  [
    'no quotes but later',
    'KILL_RUN_CMD=x # "y"',
    'x',
    ['3: KILL_RUN_CMD has no quotes; "x" is taken for its value'],
  ],
  ['empty', 'KILL_RUN_CMD=""', undefined, ['3: KILL_RUN_CMD is empty; it counts as not set']],
  [
    'twice',
    'KILL_RUN_CMD="x"\nKILL_RUN_CMD="y"',
    'y',
    ['4: KILL_RUN_CMD stands in line 3, too, and the last one counts; that one is left out'],
  ],
  [
    'twice, the second time empty',
    'KILL_RUN_CMD="x"\nKILL_RUN_CMD=""',
    'x',
    ['4: KILL_RUN_CMD is empty; it counts as not set'],
  ],
  [
    'the beginning of a key, which PortSentry 2 takes for KILL_ROUTE',
    'K="x $TARGET$"',
    undefined,
    ['3: "K" is no option and is left out'],
  ],
  [
    'an option of 1.2',
    'ADVANCED_PORTS_TCP="1024"',
    undefined,
    ['3: ADVANCED_PORTS_TCP is an option of PortSentry 1.2 only; it is left out'],
  ],
  [
    'no closing quote',
    'KILL_RUN_CMD="x',
    'x',
    ['3: KILL_RUN_CMD has no closing quote; its value goes as far as the end of the line'],
  ],
];

for (const [name, read, cases] of [
  ['PortSentry 1.2', read12, in12],
  ['PortSentry 2', read2, in2],
] as const) {
  describe(name, () => {
    for (const [says, lines, value, warnings] of cases) {
      test(says, () => {
        const result = read(`${PORTS}\n${lines}`);
        assert.deepEqual([commandOf(result), result.warnings], [value, warnings]);
      });
    }
  });
}

describe('lines that PortSentry does not read as they stand', () => {
  const long = `echo ${'x'.repeat(1100)}`;
  for (const [says, read, line, value, difference] of [
    [
      'a long one in 1.2',
      read12,
      `KILL_RUN_CMD="${long}"`,
      long,
      '3: the line is read to its end; PortSentry 1.2 takes what follows byte 1023 for a line of its own',
    ],
    [
      'a long one in 2',
      read2,
      `KILL_RUN_CMD="${long}"`,
      long,
      '3: the line is read to its end; PortSentry 2 does not start with lines of more than 1023 bytes',
    ],
    [
      'one with a letter beyond ASCII in 1.2',
      read12,
      'KILL_RUN_CMD="echo gesperrt: für $TARGET$"',
      'echo gesperrt: für $TARGET$',
      '3: KILL_RUN_CMD is read as a whole; PortSentry 1.2 stops before "ür $TARGET"',
    ],
    [
      'one with a tab in 1.2',
      read12,
      'KILL_RUN_CMD="a\tb"',
      'a\tb',
      '3: KILL_RUN_CMD is read as a whole; PortSentry 1.2 stops before "\\tb"',
    ],
  ] as const) {
    test(says, () => {
      const result = read(`${PORTS}\n${line}`);
      assert.deepEqual([commandOf(result), result.differences, result.warnings], [value, [difference], []]);
    });
  }
});

test('the end of the text needs no newline, and its beginning may have a byte order mark', () => {
  const { policy, warnings } = read2('\uFEFFTCP_PORTS="7"\r\nKILL_RUN_CMD="x"'.trimEnd());
  assert.deepEqual([`${policy.monitor.tcp}`, policy.responses.command?.run, warnings], ['7', 'x', []]);
});

test('a text of another kind does not fill the screen', () => {
  const { warnings } = read12(`${PORTS}\n${'nonsense\n'.repeat(5000)}`);
  assert.equal(warnings.length, 101);
  assert.equal(warnings.at(-1), '103: 4900 more of this kind are not listed');
});
