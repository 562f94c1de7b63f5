/** Single probes are told of in style 2 alone, each once, with what became of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GATEWAYS, makeSentry, prefix, SCANNER } from './make-sentry.ts';

const policy = (rule: string, style = '2') =>
  `mode: enforce\nportsentry: { style: "${style}" }\nrules: [{ name: portsentry, window: forever, again: probe, ${rule} }]`;
const probesOf = (lines: string[]) => lines.filter((line) => line.startsWith('probe'));

describe('a probe', () => {
  const cases: readonly (readonly [says: string, rule: string, see: object, fate: string])[] = [
    ['of an ignored source', 'probes: 1', { isIgnored: true }, 'ignored'],
    ['below the trigger', 'probes: 2', {}, 'below_trigger'],
    ['of a kind that no rule counts', 'probes: 1, kinds: [udp]', {}, 'below_trigger'],
    ['that is only told of', 'probes: 1, action: alert', {}, 'not_blocked'],
    ['that is put on record', 'probes: 1, action: record', {}, 'not_blocked'],
    ['in the name of a guarded address', 'probes: 1', { address: GATEWAYS[0] }, 'not_blocked'],
    ['that leads to a block', 'probes: 1, action: block', {}, 'blocked'],
    ['that leads to a command', 'probes: 1, action: command', {}, 'blocked'],
  ];
  for (const [says, rule, wanted, fate] of cases) {
    test(`${says}: ${fate}`, () => {
      const { see } = makeSentry(policy(rule));
      assert.deepEqual(probesOf(see(wanted)), [`probe: ${fate}`]);
    });
    test(`${says}: no line of its own in style 1.2`, () => {
      const { see } = makeSentry(policy(rule, '1.2'));
      assert.deepEqual(probesOf(see(wanted)), []);
    });
  }

  test('of a source that is answered already: blocked', () => {
    const { see } = makeSentry(policy('probes: 1, action: command'));
    see();
    assert.deepEqual(see(), ['alert portsentry: already_blocked', 'probe: blocked']);
  });

  test('that could not be answered: failed', () => {
    const { see } = makeSentry(policy('probes: 1'), { blocks: 0 });
    assert.deepEqual(probesOf(see()), ['probe: failed']);
  });

  test('that several rules answer: the strongest counts', () => {
    const rule = (name: string, action: string) =>
      `{ name: ${name}, probes: 1, window: forever, again: probe, action: ${action} }`;
    const { see } = makeSentry(
      `mode: enforce\nportsentry: { style: "2" }\nrules: [${rule('a', 'alert')}, ${rule('b', 'block')}, ${rule('c', 'record')}]`,
    );
    assert.deepEqual(probesOf(see()), ['probe: blocked']);
  });

  test('is told of after the alert and all that follows on it', () => {
    const { see } = makeSentry(policy('probes: 1'));
    assert.deepEqual(see(), [
      'alert portsentry: block',
      `blocked ${SCANNER} (portsentry: 22/tcp)`,
      'probe: blocked',
    ]);
  });

  test('that the kernel answered is told of though the rule is quiet', () => {
    const { see, dataPlane } = makeSentry(
      'mode: enforce\nportsentry: { style: "2" }\nrules: [{ name: a, instant: true, block_for: 1s }]',
    );
    const seen = { instantBlock: { rule: 0, inForceNs: 0 } };
    dataPlane.blockInstantly(prefix(SCANNER), 0, dataPlane.nowNs() + 1e9);
    assert.deepEqual(probesOf(see(seen)), ['probe: blocked']);
    assert.deepEqual(see(seen), ['probe: blocked']);
  });

  test('of an ignored source does not count', () => {
    const { see, sentry } = makeSentry(policy('probes: 2'));
    see({ isIgnored: true });
    see({ isIgnored: true });
    assert.deepEqual(see(), ['probe: below_trigger']);
    assert.equal(sentry.alerts, 0);
  });
});
