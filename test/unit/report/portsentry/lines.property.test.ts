import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertAction, ProbeFate, SentryEvent } from '../../../../src/report/event.ts';
import { alertOf, textsOf } from './context.ts';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
const tcp = fc.record({
  address,
  protocol: fc.constant('tcp' as const),
  port: fc.nat(65_535),
  kind: fc.constantFrom('syn', 'fin', 'null', 'xmas', 'odd', 'fragment', 'connect'),
  tcpFlags: fc.nat(255),
  ipOptions: fc.constantFrom(true, false, undefined),
});
const udp = fc.record({
  address,
  protocol: fc.constant('udp' as const),
  port: fc.nat(65_535),
  kind: fc.constantFrom('udp', 'fragment', 'connect'),
  tcpFlags: fc.constant(0),
  ipOptions: fc.constantFrom(true, false, undefined),
});
const packet = fc.oneof(tcp, udp);
const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,3}$/);
const style = fc.constantFrom('1.2', '2');

const TYPE =
  '(?<type>Connect|UDP scan|UDP|TCP (NULL|XMAS|FIN|SYN/Normal|Fragment) scan|Unknown Type: TCP Packet Flags: SYN: [01] FIN: [01] ACK: [01] PSH: [01] URG: [01] RST: [01])';
const LINE_12 = new RegExp(
  `^attackalert: ${TYPE} from host: (?<name>[^/ ]+)/(?<address>[^/ ]+) to (?<protocol>TCP|UDP) port: (?<port>\\d+)$`,
);
const LINE_2 = new RegExp(
  `^Scan from: \\[(?<address>[^\\]]+)\\] \\((?<name>[^)]+)\\) protocol: \\[(?<protocol>TCP|UDP)\\] port: \\[(?<port>\\d+)\\] type: \\[${TYPE}\\] IP opts: \\[(?<options>set|not set|unknown)\\] ignored: \\[(?<ignored>true|false|unset)\\] triggered: \\[(?<triggered>true|false|unset)\\] noblock: \\[(?<noblock>true|false|unset)\\] blocked: \\[(?<blocked>true|false|unset)\\]$`,
);

test('the line of an alert says what came, from whom and where to', () => {
  fc.assert(
    fc.property(packet, name, (facts, host) => {
      const lines = textsOf(alertOf(facts), { name: host });
      const found = LINE_12.exec(lines[0]!)?.groups ?? assert.fail(lines[0]);
      const { address, protocol, port } = facts;
      assert.deepEqual(
        { name: found['name'], address: found['address'], port: Number(found['port']) },
        { name: host, address, port },
      );
      assert.equal(found['protocol'], protocol.toUpperCase());
      assert.equal(found['type'] === 'Connect', facts.kind === 'connect');
      assert.equal(lines.length === 2, facts.ipOptions === true);
    }),
  );
});

test('the line of a probe says what came, from whom, where to, and what became of it', () => {
  const fate = fc.constantFrom<ProbeFate>('ignored', 'below_trigger', 'not_blocked', 'blocked', 'failed');
  fc.assert(
    fc.property(packet, name, fate, (facts, host, became) => {
      const [line, ...more] = textsOf({ event: 'probe', fate: became, ...facts }, { style: '2', name: host });
      const found = LINE_2.exec(line!)?.groups ?? assert.fail(line);
      const { address, protocol, port, ipOptions } = facts;
      assert.deepEqual(
        { name: found['name'], address: found['address'], port: Number(found['port']) },
        { name: host, address, port },
      );
      assert.equal(found['protocol'], protocol.toUpperCase());
      assert.equal(found['options'], ipOptions === undefined ? 'unknown' : ipOptions ? 'set' : 'not set');
      const isUnset = found['noblock'] === 'unset';
      assert.equal(isUnset, became === 'ignored' || became === 'below_trigger');
      assert.equal(found['ignored'] === 'true', became === 'ignored');
      assert.equal(found['blocked'] === 'true', became === 'blocked');
      assert.deepEqual(more, []);
    }),
  );
});

test('whatever strangers, commands and kernels say, a line is one line and commands no terminal', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('a\nattackalert: b', '\r', '\u001b[2J', '\u0085', '\u2028', '\u202e', '\u0000', '\ud800'),
  );
  const action = fc.constantFrom<AlertAction>(
    'already_blocked',
    'record',
    'guarded',
    'would_block',
    'failed',
  );
  const event: fc.Arbitrary<SentryEvent> = fc.oneof(
    fc.tuple(packet, action).map(([facts, does]) => alertOf({ ...facts, action: does })),
    packet.map((facts): SentryEvent => ({ event: 'probe', fate: 'blocked', ...facts })),
    text.map((said): SentryEvent => ({ event: 'warning', text: said })),
    fc.record({
      event: fc.constant('response' as const),
      response: fc.constantFrom('hosts_deny' as const, 'route' as const, 'command' as const),
      undo: fc.boolean(),
      address,
      text,
      result: fc.constantFrom(
        'done' as const,
        'skipped' as const,
        'failed' as const,
        'timed_out' as const,
        'not_run' as const,
      ),
      detail: fc.option(text, { nil: undefined }),
    }),
  );
  fc.assert(
    fc.property(event, text, style, (what, host, which) => {
      for (const line of textsOf(what, { style: which, name: host })) {
        assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
    { numRuns: 1000 },
  );
});
