/** One engine: what a portsentry.conf makes, the YAML file of `migrate` makes, too. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsePolicy, parsePolicyWithNotes } from '../../../../src/config/load.ts';
import type { Policy } from '../../../../src/config/policy.ts';
import { type ReadOptions, readPortsentry } from '../../../../src/config/portsentry/translate.ts';
import { toYaml } from '../../../../src/config/portsentry/yaml.ts';
import { SentryError } from '../../../../src/errors.ts';
import { modes, portsentryText } from './arbitrary.ts';
import { FILES } from './read.ts';

/** A policy as values that can be compared: without origin, and with the answers of `covers` for some ports. */
function comparable({ origin: _, rules, ...rest }: Policy) {
  const asked = [0, 1, 11, 113, 1023, 65_535];
  return {
    ...rest,
    rules: rules.map(({ covers, ...rule }) => ({
      ...rule,
      covers: (['tcp', 'udp'] as const).map((protocol) => asked.map((port) => covers?.(protocol, port))),
    })),
  };
}

function assertSame(text: string, options: ReadOptions): void {
  const yaml = toYaml(readPortsentry(text, 'x.conf', options), 'x.conf');
  const { policy, format } = parsePolicyWithNotes(yaml, 'x.yaml');
  assert.equal(format, 'yaml');
  assert.deepEqual(comparable(policy), comparable(parsePolicy(text, 'x.conf', options)), yaml);
}

describe('the YAML file does what the portsentry.conf does', () => {
  for (const [says, text, options] of [
    ['a small one', 'TCP_PORTS="1"\n', {}],
    [
      'modes that listen',
      `TCP_PORTS="1"\nUDP_PORTS="2"\nPORT_BANNER="yes: no # \\n"\n${FILES}`,
      { modes: { tcp: 'tcp', udp: 'udp' } },
    ],
    [
      'everything',
      `TCP_PORTS="1"\nADVANCED_PORTS_UDP="99"\nADVANCED_EXCLUDE_UDP="67"\nBLOCK_UDP="1"\nSCAN_TRIGGER="3"\nINTERFACE="eth0"\nBLOCK_TIME="1h"\nKILL_ROUTE="a $TARGET$"\nKILL_ROUTE_UNDO="b"\nKILL_HOSTS_DENY="ALL: $TARGET$"\nKILL_RUN_CMD="- c: 'd' "\nKILL_RUN_CMD_FIRST="1"\nRESOLVE_HOST="1"\n${FILES}`,
      {},
    ],
  ] as readonly (readonly [string, string, ReadOptions])[]) {
    test(says, () => assertSame(text, options));
  }

  test('whatever it says', () => {
    let compared = 0;
    fc.assert(
      fc.property(portsentryText, modes, (text, named) => {
        try {
          parsePolicy(text, 'x.conf', { modes: named });
        } catch (error) {
          assert.ok(error instanceof SentryError, String(error)); // told apart in hostile.test.ts
          return;
        }
        compared++;
        assertSame(text, { modes: named });
      }),
      { numRuns: 1000 },
    );
    assert.ok(compared > 500, `${compared} of 1000 were policies`);
  });
});

test('the file is for people: where it comes from, and short comments', () => {
  const yaml = toYaml(
    readPortsentry(`TCP_PORTS="1"\n${FILES}`, 'a.conf', { modes: { tcp: 'stcp' } }),
    'a.conf',
  );
  const lines = yaml.split('\n');
  assert.equal(lines[0], '# Made by xdpsentry migrate of "a.conf": PortSentry 1.2, stcp.');
  assert.ok(lines.includes('    kinds: [syn, fin, "null", xmas, odd, fragment]'), yaml);
  assert.ok(lines.filter((line) => line.startsWith('# ')).length >= 5, yaml);
});

test('a name with a newline stays in its comment', () => {
  const yaml = toYaml(readPortsentry('TCP_PORTS="1"', 'x'), 'a\nmode: observe');
  assert.equal(parsePolicy(yaml, 'x.yaml').mode, 'enforce');
});
