import { existsSync } from 'node:fs';
import { BpfLink, type BpfMap, queryXdp } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import { refuseOtherProgram, requireInterface } from './attach.ts';
import type { TrialState, XdpMode } from './data-plane.ts';
import {
  allPins,
  interfaceOf,
  isHere,
  linkOf,
  openKept,
  type Pins,
  placeOf,
  removePins,
  trialOf,
} from './pins.ts';
import { isAlive, ownProcess } from './process-id.ts';
import { stateOf } from './trial-map.ts';

/** The program of a sentry that was killed, or has left it: it sits on the interface and does its work. */
export type LeftBehind = { readonly pins: Pins; readonly link: BpfLink; readonly mode: XdpMode };

/** What the next program may go on with, or why not; neither where there was none before. */
export type Kept = { readonly maps: Map<string, BpfMap>; readonly objection: string | undefined };

/**
 * Looks at the interfaces before a program is made for them; answers on which of them a sentry has left its own. Its tables are those of
 * the first of these. Throws XS_ERR_NO_INTERFACE, and XS_ERR_OTHER_XDP when a sentry that lives or another program has one.
 */
export function inspect(interfaces: readonly string[]): Kept & { readonly leftBehind: ReadonlySet<string> } {
  const found = new Map<string, Pins>();
  for (const name of interfaces) {
    const ifindex = requireInterface(name);
    const [first, ...others] = findLeftBehind(name, ifindex);
    for (const left of [first, ...others]) left?.link.close();
    if (first) found.set(name, first.pins);
    else refuseOtherProgram(name, ifindex);
  }
  const leftBehind = new Set(found.keys());
  const [pins] = found.values();
  try {
    return { leftBehind, maps: pins ? openKept(pins) : new Map(), objection: undefined };
  } catch (error) {
    return { leftBehind, maps: new Map(), objection: (error as Error).message };
  }
}

/**
 * Finds what sentries that are gone have left on the interface, and removes pins of interfaces that have gone. More than one only where
 * a sentry was killed as it took over. Throws XS_ERR_OTHER_XDP when a sentry lives here.
 */
export function findLeftBehind(interfaceName: string, ifindex: number): LeftBehind[] {
  const { pid: self } = ownProcess();
  const all = allPins();
  const living = all.filter(({ owner }) => isAlive(owner));
  const neighbour = living.find(({ place, owner }) => place === placeOf(interfaceName) && owner.pid !== self);
  if (neighbour) throw inUse(interfaceName, neighbour.owner.pid);
  return all.filter((pins) => !living.includes(pins)).flatMap((pins) => look(pins, ifindex) ?? []);
}

/** True when a sentry that is gone has left its program there. */
export function isLeftBehind(interfaceName: string): boolean {
  try {
    const left = findLeftBehind(interfaceName, requireInterface(interfaceName));
    for (const { link } of left) link.close();
    return left.length > 0;
  } catch {
    return false; // whoever wants to watch it will be told why
  }
}

/** How it stands with enforcement that nobody has confirmed; undefined: it was never on trial, or was confirmed. */
export function trialStateOf(pins: Pins): TrialState | undefined {
  const trial = trialOf(pins);
  return trial && stateOf(trial);
}

/** The program of a sentry on an interface; `trial`: nobody has confirmed that it enforces. */
export type ProgramHere = {
  readonly interface: string;
  readonly pid: number;
  readonly trial: TrialState | undefined;
};

/** All of them in this network namespace, whether or not those sentries live or answer. */
export const programsHere = (): ProgramHere[] =>
  allPins()
    .filter((pins) => isHere(pins) && isAttached(pins))
    .map((pins) => ({ interface: interfaceOf(pins), pid: pins.owner.pid, trial: trialStateOf(pins) }));

function isAttached(pins: Pins): boolean {
  const path = linkOf(pins);
  if (!existsSync(path)) return false;
  const link = BpfLink.openPinned(path);
  const { ifindex } = link.info();
  link.close();
  return ifindex !== 0;
}

/** The interface on which there was one, the process that had put it there, and whether it still did anything. */
export type Detached = {
  readonly interface: string;
  readonly pid: number;
  readonly trial: TrialState['state'] | null;
};

/**
 * Takes the programs of sentries that are gone off the interfaces of this network namespace, with all that they had pinned. Throws
 * XS_ERR_OTHER_XDP when a sentry lives here.
 */
export function detachLeftBehind(): Detached[] {
  const here = allPins().filter(isHere);
  const living = here.find(({ owner }) => isAlive(owner));
  if (living) throw inUse(interfaceOf(living), living.owner.pid);
  return here.flatMap(takeOff);
}

/** The same for what is left of certain processes, whatever else lives here. */
export function detachLeftBy(pids: ReadonlySet<number>): Detached[] {
  const theirs = allPins().filter((pins) => isHere(pins) && pids.has(pins.owner.pid) && !isAlive(pins.owner));
  return theirs.flatMap(takeOff);
}

function takeOff(pins: Pins): Detached | [] {
  const path = linkOf(pins);
  const link = existsSync(path) ? BpfLink.openPinned(path) : undefined;
  const isOn = link !== undefined && link.info().ifindex !== 0;
  if (isOn) link.detach();
  link?.close();
  const trial = trialStateOf(pins)?.state ?? null;
  removePins(pins);
  return isOn ? { interface: interfaceOf(pins), pid: pins.owner.pid, trial } : [];
}

const inUse = (interfaceName: string, pid: number): SentryError =>
  new SentryError('XS_ERR_OTHER_XDP', `${interfaceName} is watched by another sentry, process ${pid}`);

function look(pins: Pins, ifindex: number): LeftBehind | undefined {
  const path = linkOf(pins);
  const link = existsSync(path) ? BpfLink.openPinned(path) : undefined;
  const info = link?.info();
  if (link && info && info.ifindex !== 0) {
    const { nativeId, genericId } = queryXdp(ifindex);
    if (info.programId === nativeId) return { pins, link, mode: 'native' };
    if (info.programId === genericId) return { pins, link, mode: 'generic' };
    link.close(); // another interface's, and for the next start there
    return undefined;
  }
  link?.close();
  // Without a link they may be about to get one: whether a process of another PID namespace lives nobody can tell here.
  if (link || isHere(pins)) removePins(pins);
  return undefined;
}
