import type { BpfProgram } from 'bpf-loader-native';
import { type AttachedLink, type AttachMode, attachAnew } from './attach.ts';
import { linkOf, type Pins } from './pins.ts';

export type Place = {
  readonly interface: string;
  readonly ifindex: number;
  readonly attach: AttachMode;
  /** Undefined: whatever ends the process takes the program with it. */
  readonly pins: Pins | undefined;
};

/** Puts the program on an interface that has none, and pins its link. Throws a SentryError or a BpfError: nothing is attached then. */
export function attachPinned(
  program: BpfProgram,
  { interface: name, ifindex, attach, pins }: Place,
): AttachedLink {
  const attached = attachAnew(program, name, ifindex, attach);
  try {
    if (pins) attached.link.pin(linkOf(pins));
    return attached;
  } catch (error) {
    attached.link.close();
    throw error;
  }
}
