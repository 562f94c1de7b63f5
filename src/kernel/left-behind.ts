import { existsSync } from 'node:fs';
import { BpfLink, queryXdp } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import { refuseOtherProgram, requireInterface } from './attach.ts';
import type { XdpMode } from './data-plane.ts';
import { allPins, linkOf, type Pins, placeOf, removePins } from './pins.ts';
import { isAlive, ownProcess } from './process-id.ts';

/** The program of a sentry that was killed: it sits on the interface and does its work. */
export type LeftBehind = { readonly pins: Pins; readonly link: BpfLink; readonly mode: XdpMode };

/** Throws XS_ERR_NO_INTERFACE, and XS_ERR_OTHER_XDP when a sentry that lives or another program has the interface. */
export function requireFree(interfaceName: string): void {
  const ifindex = requireInterface(interfaceName);
  const left = findLeftBehind(interfaceName, ifindex);
  for (const { link } of left) link.close();
  if (left.length === 0) refuseOtherProgram(interfaceName, ifindex);
}

/**
 * Finds what killed sentries have left on the interface, and removes pins of interfaces that have gone. More than one only where
 * a sentry was killed as it took over. Throws XS_ERR_OTHER_XDP when a sentry lives here.
 */
export function findLeftBehind(interfaceName: string, ifindex: number): LeftBehind[] {
  const { pid: self } = ownProcess();
  const all = allPins();
  const living = all.filter(({ owner }) => isAlive(owner));
  const neighbour = living.find(({ place, owner }) => place === placeOf(interfaceName) && owner.pid !== self);
  if (neighbour) {
    const words = `${interfaceName} is watched by another sentry, process ${neighbour.owner.pid}`;
    throw new SentryError('XS_ERR_OTHER_XDP', words);
  }
  return all.filter((pins) => !living.includes(pins)).flatMap((pins) => look(pins, ifindex) ?? []);
}

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
  removePins(pins);
  return undefined;
}
