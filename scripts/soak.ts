/**
 * The long form of the fault tests: `make soak`, or `make soak PART="upgrades reloads"`. Each part runs in network namespaces of its own,
 * prints what it has counted, and fails when a promise of docs/reliability.md does not hold.
 */

import { Lab } from './lab/lab.ts';
import { type Killed, killedInScan } from './lab/scenarios/killed-in-scan.ts';
import { type ReloadCounts, reloads } from './lab/scenarios/reloads.ts';
import { type TrafficCounts, traffic } from './lab/scenarios/traffic.ts';
import { type UpgradeCounts, upgrades } from './lab/scenarios/upgrades.ts';

/** Of the memory, from the second to the last third: more is a leak. */
const FLAT_PERCENT = 3;
const minutes = Number(process.env['SOAK_MINUTES'] ?? 30);

type Counts = Readonly<Record<string, number>>;
type Part = { readonly run: (lab: Lab) => Promise<Counts>; readonly isBroken: (counts: Counts) => boolean };

function part<C extends Counts>(run: (lab: Lab) => Promise<C>, isBroken: (counts: C) => boolean): Part {
  return { run, isBroken: isBroken as Part['isBroken'] };
}

const parts: Readonly<Record<string, Part>> = {
  upgrades: part<UpgradeCounts>(
    (lab) => upgrades(lab, 100),
    ({ blockedPassed, innocentLost }) => blockedPassed + innocentLost > 0,
  ),
  kills: part<Killed>(
    (lab) => killedInScan(lab, { scans: 100 }),
    ({ passed }) => passed > 0,
  ),
  reloads: part<ReloadCounts>(
    (lab) => reloads(lab, 10_000),
    ({ growthPercent, descriptors }) => growthPercent > FLAT_PERCENT || descriptors > 0,
  ),
  traffic: part<TrafficCounts>(
    (lab) => traffic(lab, minutes),
    ({ growthPercent, descriptors, undecoded }) =>
      growthPercent > FLAT_PERCENT || descriptors > 0 || undecoded > 0,
  ),
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const it = parts[name];
  if (!it) throw new Error(`there is no part ${name}; there are ${Object.keys(parts).join(', ')}`);
  await using lab = await Lab.create();
  const counts = await it.run(lab);
  const isBroken = it.isBroken(counts);
  const words = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  console.log(`${isBroken ? 'BROKEN' : 'holds'}  ${name}: ${words.join(', ')}`);
  if (isBroken) process.exitCode = 1;
}
