import assert from 'node:assert/strict';
import { join } from 'node:path';
import { packetsSent } from '../counts.ts';
import { makeCrowd } from '../crowd.ts';
import { addresses, type Lab } from '../lab.ts';
import { learnedPorts, nmap } from '../nmap.ts';
import { LabSentry } from '../sentry.ts';
import { Stream } from '../stream.ts';
import { waitUntil } from '../wait.ts';

/** Ports of a scan before it ends by itself; so many probes the rule lets it have. */
const [PORTS, DECIDES] = [40, 4];
/** Packets that the streams and the scan send in about the time that a scan takes, or a start. */
const MOMENT_PACKETS = 6000;
const CLIENT6 = '2001:db8:0:20::/64';

export type Killed = {
  /** SIGKILLs while it ran, and while it started. */
  readonly running: number;
  readonly starting: number;
  /** Packets that the scanner's machine has sent, and those of blocked sources that got through. */
  readonly sent: number;
  readonly passed: number;
  /** In force in the end. */
  readonly blocks: number;
};

/**
 * Two sources are blocked and go on sending; others scan, one after the other, and at a random moment of each scan the sentry is killed;
 * every second time the next one is killed too, at a random moment of its start. The program in the kernel lets no scan have more ports than
 * its rule does, no packet of a blocked source gets through, and the next one has every block.
 */
export async function killedInScan(
  lab: Lab,
  { scans, random = Math.random }: { readonly scans: number; readonly random?: () => number },
): Promise<Killed> {
  const { client, sentry: server } = addresses;
  const crowd = await makeCrowd(lab, scans, { isDirect: true });
  const yaml = `
mode: enforce
rules: [{ name: scan, distinct_ports: ${DECIDES}, window: 1h, block_for: 1h }]
memory: { path: ${join(lab.directory, 'memory.db')} }
`;
  const count = { running: 0, starting: 0 };
  let sentry = await LabSentry.start(lab, yaml);
  const [stream, stream6] = [await Stream.start(lab, client.ipv4), await Stream.start(lab, client.ipv6)];
  await Promise.all([stream.getsThrough(), stream6.getsThrough()]);
  for (const source of [client.ipv4, CLIENT6])
    await sentry.ask({ command: 'block', source, durationMs: null, reason: null });
  const blocked = new Set([client.ipv4, CLIENT6]);
  const passed = async () => (await stream.passed()) + (await stream6.passed());
  const [sentBefore, passedBefore] = [await packetsSent(lab.scanner), await passed()];
  const aMoment = async () => {
    const until = (await packetsSent(lab.scanner)) + random() * MOMENT_PACKETS;
    await waitUntil('the moment has come', async () => (await packetsSent(lab.scanner)) >= until);
  };

  for (const [nth, scanner] of crowd.entries()) {
    const isKilledTwice = nth % 2 === 1;
    const from = ['-S', scanner, '-e', lab.scanner.interface, '--scan-delay', '20ms', '--max-retries', '0'];
    const scan = nmap(lab.scanner, ['-sS', ...from, '-p', `1-${PORTS}`, server.ipv4]);
    await aMoment();
    await sentry.die();
    count.running++;
    sentry = LabSentry.begin(lab, yaml);
    if (isKilledTwice) {
      await aMoment();
      await sentry.die();
      count.starting++;
      sentry = LabSentry.begin(lab, yaml);
    }
    await sentry.isStarted();
    const { count: learned } = learnedPorts(await scan);
    assert.equal(learned, DECIDES, `scan ${nth} has learned ${learned} ports`);
    blocked.add(scanner);
    const found = await waitUntil('the scanner is blocked', async () => {
      const blocks = await sentry.blocks();
      return blocks.has(scanner) && blocks;
    });
    assert.deepEqual(
      [...blocked].filter((source) => !found.has(source)),
      [],
      `lost with kill ${nth}`,
    );
    assert.equal(found.size, blocked.size);
    assert.equal((await passed()) - passedBefore, 0, `packets of blocked sources got through, kill ${nth}`);
  }

  const sent = (await packetsSent(lab.scanner)) - sentBefore;
  await stream.stop();
  await stream6.stop();
  assert.equal((await sentry.stop()).code, 0);
  assert.deepEqual(lab.pins(), []);
  return { ...count, sent, passed: (await passed()) - passedBefore, blocks: blocked.size };
}
