import { existsSync } from 'node:fs';
import { BpfLink, queryXdp } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { XdpMode } from './data-plane.ts';
import { allPins, linkOf, type Pins, removePins } from './pins.ts';
import { isAlive } from './process-id.ts';

/** The program of a sentry that was killed: it sits on the interface and does its work. */
export type LeftBehind = { readonly pins: Pins; readonly link: BpfLink; readonly mode: XdpMode };

/**
 * Finds what killed sentries have left on the interface, and removes pins of interfaces that have gone. More than one only where
 * a sentry was killed as it took over. Throws XS_ERR_OTHER_XDP when a sentry lives here.
 */
export function findLeftBehind(interfaceName: string, ifindex: number, own: Pins): LeftBehind[] {
  const others = allPins().filter(({ path }) => path !== own.path);
  const living = others.find(({ place, owner }) => place === own.place && isAlive(owner));
  if (living) {
    const words = `${interfaceName} is watched by another sentry, process ${living.owner.pid}`;
    throw new SentryError('XS_ERR_OTHER_XDP', words);
  }
  return others.filter(({ owner }) => !isAlive(owner)).flatMap((pins) => look(pins, ifindex) ?? []);
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
