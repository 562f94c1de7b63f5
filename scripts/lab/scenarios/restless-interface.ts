import assert from 'node:assert/strict';
import { parsePorts } from '../../../src/values/ports.ts';
import { datagramsForNobody } from '../counts.ts';
import type { Lab } from '../lab.ts';
import { nmap } from '../nmap.ts';
import { LabSentry } from '../sentry.ts';
import { Stream } from '../stream.ts';
import { waitUntil } from '../wait.ts';

const [OURS, THEIRS] = ['xsrest0', 'xsrest1'];
const [SERVER, SCANNER, BLOCKED] = ['198.18.7.1', '198.18.7.2', '198.18.7.3'];

/** Ports that a source may probe before the next one is too many. */
const KNOWN_PORTS = 3;

/** A wire beside that of the lab, which may go. */
async function connect({ sentry, scanner }: Lab): Promise<void> {
  const there = ['peer', 'name', THEIRS, 'netns', scanner.namespace];
  await sentry.execute('ip', ['link', 'add', OURS, 'type', 'veth', ...there]);
  for (const [host, name, addresses] of [
    [sentry, OURS, [SERVER]] as const,
    [scanner, THEIRS, [SCANNER, BLOCKED]] as const,
  ]) {
    for (const address of addresses)
      await host.execute('ip', ['address', 'add', `${address}/24`, 'dev', name]);
    await host.execute('ip', ['link', 'set', name, 'up']);
  }
}

export type Restless = {
  /** Packets of the blocked source that got in between an interface that was new and the sentry's program on it. */
  readonly between: number;
  readonly dropped: number;
};

/**
 * While a blocked source goes on sending, the interface is taken down and up again, and deleted and made anew, again and again. Down and up let
 * nothing through. On a new interface the sentry is back within a second, and from then on nothing gets in either; what is known of
 * sources goes on: one that had probed too few ports before is caught by the next.
 */
export async function restlessInterface(
  lab: Lab,
  { rounds }: { readonly rounds: number },
): Promise<Restless> {
  await connect(lab);
  const yaml = `
mode: enforce
rules: [{ name: scan, distinct_ports: ${KNOWN_PORTS + 1}, window: 1h, block_for: 1h }]
`;
  const sentry = await LabSentry.start(lab, yaml, ['--interface', OURS]);
  await sentry.ask({ command: 'block', source: BLOCKED, durationMs: null, reason: null });
  const stream = await Stream.start(lab, BLOCKED, { to: SERVER });
  const drops = async () => (await sentry.blocks()).get(BLOCKED)!.packets;
  const dropsMore = async () => {
    const before = await drops();
    await waitUntil('packets are dropped', async () => (await drops()) > before + 200);
  };
  const passed = () => datagramsForNobody(lab.sentry);
  const isAttached = async () =>
    (await sentry.ask({ command: 'status' })).interfaces.every(({ isAttached }) => isAttached);
  await dropsMore();

  for (let round = 0; round < rounds; round++) {
    const before = await passed();
    await lab.sentry.execute('ip', ['link', 'set', OURS, 'down']);
    assert.equal(await isAttached(), true);
    await lab.sentry.execute('ip', ['link', 'set', OURS, 'up']);
    await dropsMore();
    assert.equal((await passed()) - before, 0, `packets got through as it went down and up, round ${round}`);
  }

  let between = 0;
  const count = (words: RegExp) => sentry.warnings.filter((text) => words.test(text)).length;
  for (let round = 1; round <= rounds; round++) {
    if (round <= KNOWN_PORTS)
      await nmap(lab.scanner, ['-sS', '-p', String(round), '--max-retries', '0', SERVER]);
    const before = await passed();
    await lab.sentry.execute('ip', ['link', 'delete', OURS]);
    await sentry.waitFor('that it has gone', () => count(/has gone; it is watched again/) === round);
    await connect(lab);
    await sentry.waitFor('that it is back', () => count(/is back, and watched again/) === round);
    await dropsMore();
    const watched = await passed();
    between += watched - before;
    await dropsMore();
    assert.equal((await passed()) - watched, 0, `packets got through on the new interface, round ${round}`);
  }

  await nmap(lab.scanner, ['-sS', '-p', '11-14', '--max-retries', '0', SERVER]);
  const { reason } = await sentry.waitForLine(
    'the block',
    ({ event, source }) => event === 'blocked' && source === SCANNER,
  );
  const ports = parsePorts(/^scan: ([^/]+)\/tcp$/.exec(String(reason))![1]!)!;
  for (let port = 1; port <= Math.min(rounds, KNOWN_PORTS); port++)
    assert.ok(ports.has(port), `port ${port} was forgotten`);
  assert.equal(ports.size, KNOWN_PORTS + 1);
  const dropped = await drops();
  await stream.stop();
  assert.equal((await sentry.stop()).code, 0);
  assert.deepEqual(lab.pins(), []);
  return { between, dropped };
}
