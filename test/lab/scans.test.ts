/** Real nmap scans over a real wire: each is an alert of the right kind, and a block. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import { tagFrames } from '../../scripts/lab/vlan.ts';
import type { BlockEntry } from '../../src/control/protocol.ts';
import type { ProbeKind } from '../../src/detect/probe.ts';
import { PortSet, parsePorts } from '../../src/values/ports.ts';
import { needs } from '../support/capability.ts';

const POLICY = `
mode: enforce
rules:
  - { name: instant, instant: true, block_for: 1h }
`;

const { sentry: target, scanner } = addresses;
const FEW_PORTS = ['-p', '1-20', '--max-retries', '0', '--host-timeout', '20s'];

type Scan = {
  readonly says: string;
  readonly args: readonly string[];
  readonly kind: ProbeKind;
  readonly ipv6?: true;
};
const scans: readonly Scan[] = [
  { says: '-sS', args: ['-sS'], kind: 'syn' },
  { says: '-sT', args: ['-sT'], kind: 'syn' },
  { says: '-sU', args: ['-sU'], kind: 'udp' },
  { says: '-sN', args: ['-sN'], kind: 'null' },
  { says: '-sF', args: ['-sF'], kind: 'fin' },
  { says: '-sX', args: ['-sX'], kind: 'xmas' },
  { says: '-sA', args: ['-sA'], kind: 'ack' },
  { says: '-sW', args: ['-sW'], kind: 'ack' },
  { says: '-sM', args: ['-sM'], kind: 'maimon' },
  { says: '--scanflags SYNFIN', args: ['-sS', '--scanflags', 'SYNFIN'], kind: 'odd' },
  { says: '-f (tiny fragments)', args: ['-sS', '-f'], kind: 'fragment' },
  { says: '-6 -sS', args: ['-6', '-sS'], kind: 'syn', ipv6: true },
  { says: '-6 -sU', args: ['-6', '-sU'], kind: 'udp', ipv6: true },
  { says: '-6 -sX', args: ['-6', '-sX'], kind: 'xmas', ipv6: true },
];

const skip = needs('root', 'bpf', 'netns', 'nmap');

for (const { says, args, kind, ipv6 } of scans) {
  test(`nmap ${says}: an alert of kind ${kind} and a block`, { skip }, async () => {
    await using lab = await Lab.create();
    const sentry = await LabSentry.start(lab, POLICY);
    const source = ipv6 ? scanner.source6 : scanner.ipv4;
    await nmap(lab.scanner, [...args, ...FEW_PORTS, ipv6 ? target.ipv6 : target.ipv4]);
    await assertCaught(sentry, source, kind);
  });
}

for (const args of [['-sS'], ['-sN']]) {
  test(`nmap ${args} by the built-in rules: one block, and its reason is what it was for`, {
    skip,
  }, async () => {
    await using lab = await Lab.create();
    const sentry = await LabSentry.start(lab, 'mode: enforce');
    await nmap(lab.scanner, [
      ...[...args, '-p', '1-1000', '--max-retries', '0', '--host-timeout', '20s'],
      target.ipv4,
    ]);
    await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
    await sentry.command('status'); // whatever has come by then is told
    const told = sentry.lines().filter(({ event }) => event === 'blocked' || event === 'block_changed');
    assert.deepEqual(
      told.map(({ event, source }) => [event, source]),
      [['blocked', scanner.ipv4]],
    );
    const { rule, ports } = /^(?<rule>[\w-]+): (?<ports>[\d,-]+)/.exec(String(told[0]!['reason']))!.groups!;
    const asked = { scan: 4, stealth: 2, tool: 2 }[rule!];
    assert.ok(asked !== undefined && PortSet.of(parsePorts(ports!)).size >= asked, `${rule}: ${ports}`);
  });
}

test('nmap inside a VLAN: an alert of kind syn and a block', { skip }, async () => {
  await using lab = await Lab.create();
  await tagFrames(lab);
  const sentry = await LabSentry.start(lab, POLICY);
  await nmap(lab.scanner, ['-sS', '--disable-arp-ping', '--send-ip', ...FEW_PORTS, target.ipv4]);
  await assertCaught(sentry, scanner.ipv4, 'syn');
});

async function assertCaught(sentry: LabSentry, source: string, kind: ProbeKind): Promise<void> {
  const alert = await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
  assert.equal(alert['rule'], 'instant');
  assert.equal(alert['source'], source);
  assert.deepEqual(alert['kinds'], [kind]);
  const blocks = await sentry.command<BlockEntry[]>('blocks');
  assert.equal(blocks.length, 1);
  assert.equal(blocks[0]?.source, source);
  assert.equal(blocks[0].origin, 'local');
  assert.match(blocks[0].reason, /^instant: \d+\/(tcp|udp)$/);
  assert.ok(blocks[0].packets > 0, 'the rest of the scan was dropped');
}
