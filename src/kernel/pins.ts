import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BpfMap } from 'bpf-loader-native';
import type { BlockTable } from './block-batches.ts';
import { ownProcess, type ProcessId } from './process-id.ts';
import { blockLayout, hotLayout, prefixLayout, wire } from './wire.generated.ts';

const BPFFS = '/sys/fs/bpf';
const BPFFS_MAGIC = 0xcafe4a11; // linux/magic.h
const ROOT = `${BPFFS}/xdpsentry`;
const PRIVATE = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * A directory in the BPF file system with what one sentry keeps on one interface: as long as the link is pinned there, the
 * program goes on without a process. The path says whose it is: xdpsentry/eth0-NETNS/vVERSION-PID-START.
 */
export type Pins = {
  readonly path: string;
  /** Directory of all sentries of this interface. One BPF file system serves many network namespaces. */
  readonly place: string;
  /** Of what the tables hold: XS_WIRE_VERSION. */
  readonly version: number;
  readonly owner: ProcessId;
};

export const linkOf = ({ path }: Pins): string => `${path}/link`;

export function pinTable(pins: Pins, { blocks, hot }: BlockTable): void {
  blocks.pin(`${pins.path}/blocks`);
  hot.pin(`${pins.path}/hot`);
}

/** Throws an Error that says why the table is of no use here. */
export function openTable(pins: Pins): BlockTable {
  if (pins.version !== wire.VERSION) throw new Error('they are of another version');
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

/** Makes an empty directory for this process. Throws an Error that says why nothing can be pinned. */
export function makePins(interfaceName: string): Pins {
  requireBpffs();
  const owner = ownProcess();
  const place = placeOf(interfaceName);
  const path = `${place}/v${wire.VERSION}-${owner.pid}-${owner.startTicks}`;
  mkdirSync(ROOT, { mode: PRIVATE, recursive: true });
  if (!isOwn(ROOT)) throw new Error(`others than this user may write to ${ROOT}`);
  mkdirSync(place, { mode: PRIVATE, recursive: true });
  mkdirSync(path, { mode: PRIVATE });
  return { path, place, version: wire.VERSION, owner };
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
  const [, version, pid, startTicks] = /\/v(\d+)-(\d+)-(\d+)$/.exec(path) ?? [];
  if (version === undefined) return undefined;
  return {
    path,
    place,
    version: Number(version),
    owner: { pid: Number(pid), startTicks: Number(startTicks) },
  };
}

/** Directory of all pins of the interface. The BPF file system wants no dots in names; no interface has a colon in its own. */
export function placeOf(interfaceName: string): string {
  return `${ROOT}/${interfaceName.replaceAll('.', ':')}-${statSync('/proc/self/ns/net').ino}`;
}

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
