import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BpfMap } from 'bpf-loader-native';
import type { BlockTable } from './block-batches.ts';
import { ownProcess, type ProcessId } from './process-id.ts';
import { type KernelTrial, readTrial } from './trial-map.ts';
import { blockLayout, hotLayout, prefixLayout, wire } from './wire.generated.ts';

const BPFFS = '/sys/fs/bpf';
const BPFFS_MAGIC = 0xcafe4a11; // linux/magic.h
const ROOT = `${BPFFS}/xdpsentry`;
const PRIVATE = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/** Maps that the next program goes on with, as they are: what is known of sources, what was counted, events that nobody has read, who is logged in, which ports are forwarded. */
const keptMaps = [
  'xs_sources',
  'xs_places',
  'xs_seed',
  'xs_door_budget',
  'xs_event_budget',
  'xs_events',
  'xs_outcomes',
  'xs_probes',
  'xs_port_probes',
  'xs_losses',
  'xs_logins',
  'xs_served',
] as const;

/**
 * A directory in the BPF file system with what one sentry keeps on one interface: as long as the link is pinned there, the
 * program goes on without a process. The path says whose it is: xdpsentry/eth0-NETNS/vVERSIONbBLOCKS-PID-START.
 */
export type Pins = {
  readonly path: string;
  /** Directory of all sentries of this interface. One BPF file system serves many network namespaces. */
  readonly place: string;
  /** Of what the tables hold: XS_WIRE_VERSION, and XS_BLOCKS_VERSION. */
  readonly version: number;
  readonly blocksVersion: number;
  readonly owner: ProcessId;
};

export const linkOf = ({ path }: Pins): string => `${path}/link`;

const trialIn = ({ path }: Pins): string => `${path}/trial`;

export function pinTables(pins: Pins, mapOf: (name: string) => BpfMap): void {
  mapOf('xs_trial').pin(trialIn(pins));
  mapOf('xs_blocks').pin(`${pins.path}/blocks`);
  mapOf('xs_hot').pin(`${pins.path}/hot`);
  for (const name of keptMaps) mapOf(name).pin(`${pins.path}/${name}`);
}

/** The maps that go on, by name. Throws an Error that says why none can. */
export function openKept(pins: Pins): Map<string, BpfMap> {
  if (pins.version !== wire.VERSION) throw new Error('it was of another version');
  const kept = new Map<string, BpfMap>();
  try {
    for (const name of keptMaps) kept.set(name, BpfMap.openPinned(`${pins.path}/${name}`));
    return kept;
  } catch (error) {
    for (const map of kept.values()) map.close();
    throw error;
  }
}

/** Throws an Error that says why the table is of no use here. */
export function openTable(pins: Pins): BlockTable {
  if (pins.blocksVersion !== wire.BLOCKS_VERSION) throw new Error('they are of another version');
  const blocks = BpfMap.openPinned(`${pins.path}/blocks`);
  const hot = BpfMap.openPinned(`${pins.path}/hot`);
  const { keySize, valueSize } = blocks.info;
  if (
    keySize === prefixLayout.size &&
    valueSize === blockLayout.size &&
    hot.info.valueSize === hotLayout.size
  )
    return { blocks, hot };
  throw new Error('they are laid out otherwise');
}

/** The trial that its enforcement is on; undefined: none, or it was confirmed, or it is of another version. */
export function trialOf(pins: Pins): KernelTrial | undefined {
  if (pins.blocksVersion !== wire.BLOCKS_VERSION || !existsSync(trialIn(pins))) return undefined;
  const map = BpfMap.openPinned(trialIn(pins));
  try {
    return readTrial(map);
  } finally {
    map.close();
  }
}

/** Makes an empty directory for this process. Throws an Error that says why nothing can be pinned. */
export function makePins(interfaceName: string): Pins {
  requireBpffs();
  const owner = ownProcess();
  const place = placeOf(interfaceName);
  const [version, blocksVersion] = [wire.VERSION, wire.BLOCKS_VERSION];
  const path = `${place}/v${version}b${blocksVersion}-${owner.pid}-${owner.startTicks}`;
  mkdirSync(ROOT, { mode: PRIVATE, recursive: true });
  if (!isOwn(ROOT)) throw new Error(`others than this user may write to ${ROOT}`);
  mkdirSync(place, { mode: PRIVATE, recursive: true });
  mkdirSync(path, { mode: PRIVATE });
  return { path, place, version, blocksVersion, owner };
}

/** Those of all sentries, on whatever interface. */
export function allPins(): Pins[] {
  if (!isOwn(ROOT)) return [];
  return list(ROOT).flatMap((place) => list(place).flatMap((path) => parsePins(place, path) ?? []));
}

/** Removes them, and the directories above that are empty then. */
export function removePins({ path, place }: Pins): void {
  rmSync(path, { recursive: true, force: true });
  for (const directory of [place, dirname(place)]) {
    try {
      rmdirSync(directory);
    } catch {
      return; // another sentry's are there, too
    }
  }
}

export function unpinLink(pins: Pins): void {
  rmSync(linkOf(pins), { force: true });
}

/** Undefined for what has another name: it is not a sentry's. */
export function parsePins(place: string, path: string): Pins | undefined {
  const [, version, blocksVersion, pid, startTicks] = /\/v(\d+)b(\d+)-(\d+)-(\d+)$/.exec(path) ?? [];
  if (version === undefined) return undefined;
  return {
    path,
    place,
    version: Number(version),
    blocksVersion: Number(blocksVersion),
    owner: { pid: Number(pid), startTicks: Number(startTicks) },
  };
}

/** Directory of all pins of the interface. The BPF file system wants no dots in names; no interface has a colon in its own. */
export function placeOf(interfaceName: string): string {
  return `${ROOT}/${interfaceName.replaceAll('.', ':')}${here()}`;
}

export const interfaceOf = ({ place }: Pins): string =>
  place.slice(ROOT.length + 1, place.lastIndexOf('-')).replaceAll(':', '.');

/** Of this network namespace. */
export const isHere = ({ place }: Pins): boolean => place.endsWith(here());

const here = (): string => `-${statSync('/proc/self/ns/net').ino}`;

function list(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => `${directory}/${name}`);
  } catch {
    return []; // it has been removed meanwhile
  }
}

function requireBpffs(): void {
  let type: number | undefined;
  try {
    ({ type } = statfsSync(BPFFS));
  } catch {
    // it is not there at all
  }
  if (type !== BPFFS_MAGIC) throw new Error(`no BPF file system is mounted at ${BPFFS}`);
}

/** In a BPF file system where everybody may make directories, somebody else may have made this one. */
function isOwn(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return (
    status !== undefined && status.uid === process.geteuid?.() && (status.mode & WRITABLE_BY_OTHERS) === 0
  );
}
