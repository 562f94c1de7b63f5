/** What a running sentry has made of traffic, and what `replay` makes of a capture of it, are the same. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { linkAddress, sendFrames } from '../../scripts/lab/frames.ts';
import { addresses, type Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { addScanner } from '../../scripts/lab/scanners.ts';
import { defaultRules } from '../../src/config/default-rules.ts';
import type { RuleText } from '../../src/config/rule-schema.ts';
import { needs } from '../support/capability.ts';
import {
  alerting,
  type Fate,
  liveAndReplayed,
  type Outcome,
  type Told,
} from '../support/live-and-replayed.ts';
import { LAST, mixedTrace } from '../support/mixed-trace.ts';

const { sentry: target } = addresses;
const builtIn: readonly RuleText[] = defaultRules.map(({ rule }) => rule);
/** What the kernel carries out. Rules of the controller need a moment, in which nmap has sent more. */
const kernelRules = builtIn.filter(({ name }) => name === 'scan' || name === 'stealth');
const skip = needs('root', 'bpf', 'netns', 'python3', 'dumpcap');
const skipNmap = skip || needs('nmap');

test('frames of many kinds: each source has the same alerts, block and dropped packets', {
  skip,
}, async () => {
  const { live, replayed, caught } = await sendMixed();
  assertEqual(live, replayed);
  const rules = Object.entries(live.fates).map(([source, { alerts }]) => [source, alerts[0]?.rule]);
  assert.deepEqual(new Map(rules as [string, string][]), new Map([...caught, [LAST, 'scan']]));
  for (const { dropped } of Object.values(live.fates)) assert.notEqual(dropped, undefined);
});

test('the same from neighbours: what they do together has the same alerts as well', { skip }, async () => {
  const { live, replayed, caught } = await sendMixed({ areNeighbours: true });
  assertEqual(live, replayed);
  const distributed = Object.entries(live.fates).filter(([, { alerts }]) =>
    alerts.some(({ rule }) => rule === 'distributed'),
  );
  for (const isOf of [/^198\.18\./, /^2001:/])
    assert.ok(distributed.filter(([source]) => isOf.test(source)).length >= 2, `${isOf}`);
  for (const source of caught.keys()) assert.notEqual(live.fates[source]?.dropped, undefined, source);
});

async function sendMixed({
  areNeighbours = false,
} = {}): Promise<Told & Pick<ReturnType<typeof mixedTrace>, 'caught'>> {
  let caught: ReadonlyMap<string, string> = new Map();
  const told = await liveAndReplayed({ rules: builtIn }, async (lab) => {
    const trace = mixedTrace(await linkAddress(lab.sentry), areNeighbours);
    caught = trace.caught;
    await sendFrames(lab, trace.frames);
  });
  return { ...told, caught };
}

/** Each from a network of its own; connect() has the address of the machine. */
const scans = [
  ...['-sS', '-sS -f', '-sF', '-sN', '-sX', '-sM', '-sA', '-sU', '-sY', '-sO', '-sT'].map((how, index) => ({
    how,
    from: how === '-sT' ? undefined : `198.18.${index}.9`,
    to: target.ipv4,
  })),
  ...['-6 -sS', '-6 -sX', '-6 -sU'].map((how, index) => ({
    how,
    from: `2001:db8:${150 + index}::1`,
    to: target.ipv6,
  })),
];
const FEW = '-p 1-20 --max-retries 1 --max-rtt-timeout 200ms --host-timeout 20s'.split(' ');

/** All of them at once. */
async function scan(lab: Lab): Promise<void> {
  await lab.sentry.execute('ip', ['route', 'add', '198.18.0.0/15', 'dev', lab.sentry.interface]);
  const scanning = scans.map(async ({ how, from, to }) => {
    if (from) await addScanner(lab, from);
    const source = from ? ['-e', lab.scanner.interface, '-S', from] : [];
    await nmap(lab.scanner, [...how.split(' '), ...FEW, ...source, to]);
  });
  await Promise.all(scanning);
}

test('nmap in many ways at once, by rules of the kernel: the same alerts, block and dropped packets', {
  skip: skipNmap,
}, async () => {
  const { live, replayed } = await liveAndReplayed({ rules: kernelRules }, scan);
  assertEqual(live, replayed);
  assert.equal(Object.keys(live.fates).length, scans.length + 1, 'each of them was caught, and the last one');
});

test('nmap in many ways at once, by the built-in rules: the same, and then what came before the controller could block', {
  skip: skipNmap,
}, async () => {
  const { live, replayed, unblocked } = await liveAndReplayed({ rules: builtIn }, scan);
  assertEqualUpToTheBlock(live, replayed, unblocked);
  assert.equal(Object.keys(live.fates).length, scans.length + 1, 'each of them was caught, and the last one');
});

test('nmap in many ways at once, by the built-in rules if they only alerted: the same alerts, all of them', {
  skip: skipNmap,
}, async () => {
  const { live, replayed } = await liveAndReplayed({ rules: alerting(builtIn) }, scan);
  assertEqual(live, replayed);
  for (const { alerts } of Object.values(live.fates)) assert.ok(alerts.length > 0);
});

/** Names that nobody has, as `-D RND:4` makes them, but of networks that the lab has a route to; each of another. */
function randomNames(count: number): string[] {
  return Array.from({ length: count }, () => {
    const [network] = unnamed.splice(randomInt(unnamed.length), 1);
    return `198.18.${network}.${randomInt(1, 255)}`;
  });
}
const unnamed = Array.from({ length: 128 }, (_, index) => 128 + index);

/** Who scans, in the place that nmap gives him among his decoys: a set each. */
const sets = [
  {
    how: '-sS',
    names: ['198.18.21.9', '198.18.22.9', '198.18.23.9', '198.18.24.9', '198.18.20.9'],
    place: 4,
  },
  { how: '-sS', names: ['198.18.30.9', ...randomNames(4)], place: 0 },
  { how: '-sF', names: [...randomNames(2), '198.18.40.9', ...randomNames(2)], place: 2 },
  { how: '-sU', names: [...randomNames(1), '198.18.50.9', ...randomNames(1)], place: 1 },
  { how: '-6 -sS', names: ['2001:db8:161::1', '2001:db8:160::1', '2001:db8:162::1'], place: 1 },
].map((set) => ({ ...set, to: set.how.startsWith('-6') ? target.ipv6 : target.ipv4 }));

test('nmap among decoys, several at once: the same alerts of each source, and nobody is blocked', {
  skip: skipNmap,
}, async () => {
  const { live, replayed } = await liveAndReplayed({ rules: builtIn }, async (lab, sentry) => {
    await lab.sentry.execute('ip', ['route', 'add', '198.18.0.0/15', 'dev', lab.sentry.interface]);
    const scanning = sets.map(async ({ how, names, place, to }) => {
      const from = names[place]!;
      await addScanner(lab, from);
      const decoys = names.with(place, 'ME').join(',');
      const source = ['-e', lab.scanner.interface, '-S', from, '-D', decoys];
      await nmap(lab.scanner, [...how.split(' '), ...FEW, ...source, to]);
    });
    await Promise.all(scanning);
    await sentry.waitFor('an alert of each set', () => {
      return sentry.lines().filter(({ event }) => event === 'decoy').length >= sets.length;
    });
  });
  assertEqual(live, replayed);
  const members = sets.flatMap(({ names }) =>
    names.map((name) => (name.includes(':') ? `${name.slice(0, -1)}/64` : name)),
  );
  assert.deepEqual(Object.keys(live.fates), [...members, LAST].toSorted());
  for (const source of members) {
    const { alerts, dropped } = live.fates[source]!;
    assert.equal(dropped, undefined, `${source} is blocked`);
    assert.deepEqual(
      alerts.filter(({ action, rule }) => action !== 'guarded' && rule !== 'decoy'),
      [],
      source,
    );
    assert.equal(alerts.filter(({ rule }) => rule === 'decoy').length, 1, source);
  }
});

/** Source by source: what differs is to be seen at a glance. */
function assertEqual(live: Outcome, replayed: Outcome): void {
  for (const [source, fate] of Object.entries(live.fates))
    assert.deepEqual({ source, fate }, { source, fate: replayed.fates[source] });
  assert.deepEqual(live, replayed);
}

/**
 * Where the controller decides, more packets get through than in the replay, and may fulfil further rules. So after the alerts of the replay,
 * which all have, the sentry may have more, but none that these packets would not raise; and every packet is accounted for. Should the kernel
 * have blocked by one of these meanwhile, the alert says so: `already_blocked`.
 */
function assertEqualUpToTheBlock(live: Outcome, replayed: Outcome, unblocked: Outcome): void {
  assert.deepEqual(Object.keys(live.fates), Object.keys(replayed.fates));
  for (const [source, { alerts, dropped }] of Object.entries(live.fates)) {
    const again = replayed.fates[source]!;
    assert.deepEqual(
      { source, alerts: alerts.slice(0, again.alerts.length).map(asIfFirst) },
      { source, alerts: again.alerts.map(asIfFirst) },
    );
    const all = unblocked.fates[source]!.alerts.slice(0, alerts.length);
    assert.deepEqual(withoutAction(alerts), withoutAction(all), source);
    assert.equal(dropped === undefined, again.dropped === undefined, source);
  }
  assert.equal(live.probes + live.dropped, replayed.probes + replayed.dropped);
}

const asIfFirst = (alert: Fate['alerts'][number]) => ({
  ...alert,
  action: alert.action === 'already_blocked' ? 'block' : alert.action,
});

const withoutAction = (alerts: Fate['alerts']) => alerts.map(({ action: _, ...alert }) => alert);
