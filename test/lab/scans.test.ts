/** Real nmap scans over a real wire: each is an alert of the right kind, and a block. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BlockEntry } from '../../src/control/protocol.ts';
import type { ProbeKind } from '../../src/detect/probe.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import { tagFrames } from '../../scripts/lab/vlan.ts';
import { needs } from '../support/capability.ts';

const POLICY = `
mode: enforce
rules:
  - { name: instant, instant: true, block_for: 1h }
`;

const { sentry: target, scanner } = addresses;
const FEW_PORTS = ['-p', '1-20', '--max-retries', '0', '--host-timeout', '20s'];

type Scan = { readonly says: string; readonly args: readonly string[]; readonly kind: ProbeKind; readonly ipv6?: true };
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

describe('nmap', { skip }, () => {
  let lab: Lab;
  let sentry: LabSentry;
  before(async () => {
    lab = await Lab.create();
    sentry = await LabSentry.start(lab, POLICY);
  });
  after(async () => {
    await lab?.dispose();
  });

  for (const { says, args, kind, ipv6 } of scans) {
    test(`${says} is a ${kind} alert and a block`, async () => {
      const source = ipv6 ? scanner.source6 : scanner.ipv4;
      const from = sentry.lines().length;
      const fresh = (event: string) => () =>
        sentry.lines().slice(from).find((line) => line.event === event && line['source'] === source);
      await nmap(lab.scanner, [...args, ...FEW_PORTS, ipv6 ? target.ipv6 : target.ipv4]);

      const alert = await sentry.waitFor(`the alert for ${source}`, fresh('alert'));
      assert.deepEqual(alert['kinds'], [kind]);
      assert.equal(alert['rule'], 'instant');
      await sentry.waitFor(`the block of ${source}`, fresh('blocked'));
      const block = (await sentry.command<BlockEntry[]>('blocks')).find((entry) => entry.source === source);
      assert.equal(block?.origin, 'local');
      assert.match(block.reason, /^instant: \d+\/(tcp|udp)$/);
      assert.ok(block.packets > 0, 'the rest of the scan was dropped');
      await sentry.command('unblock', source);
    });
  }
});

test('a scan inside a VLAN is an alert and a block', { skip: needs('root', 'bpf', 'netns', 'nmap') }, async () => {
  await using lab = await Lab.create();
  await tagFrames(lab);
  const sentry = await LabSentry.start(lab, POLICY);
  await nmap(lab.scanner, ['-sS', '--disable-arp-ping', '--send-ip', ...FEW_PORTS, target.ipv4]);
  const alert = await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
  assert.equal(alert['source'], scanner.ipv4);
  assert.deepEqual(alert['kinds'], ['syn']);
  const [block] = await sentry.command<BlockEntry[]>('blocks');
  assert.equal(block?.source, scanner.ipv4);
  assert.ok(block.packets > 0);
});
