import type { BpfMap, BpfProgram } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { AttachedLink, AttachMode } from './attach.ts';
import { attachPinned } from './attach-pinned.ts';
import type { BlockMap } from './block-map.ts';
import type { Predecessor } from './data-plane.ts';
import { Inheritance } from './inheritance.ts';
import { type LeftBehind, trialStateOf } from './left-behind.ts';
import { linkOf, type Pins, removePins, unpinLink } from './pins.ts';

export type HoldRequest = {
  readonly interface: string;
  readonly attach: AttachMode;
  /** Which blocks of the sentry before go on: all, or those that somebody asked for by hand. The others end. */
  readonly inherits: 'all' | 'by_hand';
  /** Nothing is pinned: whatever ends the process takes the program with it. */
  readonly isEphemeral: boolean;
};

/** What the program works with, and what its tables got from the one before. */
export type Held = {
  /** The hold's from now on, who closes it. */
  readonly program: BpfProgram;
  readonly blocks: BlockMap;
  readonly mapOf: (name: string) => BpfMap;
  /** Why what the sentry before knew of sources, and its counts, do not go on; undefined: they do. */
  readonly forgotten: string | undefined;
};

export type Succession = {
  readonly held: Held;
  readonly request: HoldRequest;
  readonly ifindex: number;
  readonly pins: Pins | undefined;
  readonly left: readonly LeftBehind[];
  /** One of those: they all hold the link that sits on the interface. */
  readonly current: LeftBehind;
};

/**
 * Takes the place of a sentry that has left its program: first the blocks, then the program in one step, then what the old one has
 * blocked in the meantime. Throws a SentryError or a BpfError.
 */
export function succeed(succession: Succession): AttachedLink & { readonly predecessor: Predecessor } {
  const { held, request, left, current } = succession;
  const { blocks, forgotten } = held;
  const trial = trialStateOf(current.pins);
  const inheritance = new Inheritance(left, blocks, request.inherits);
  try {
    inheritance.take();
    inheritance.take(); // the first time may have taken seconds
    const { gap, ...attached } = takePlace(succession);
    inheritance.take();
    for (const { pins, link } of left) {
      removePins(pins);
      if (link !== attached.link) link.close();
    }
    const { taken, refused, objection } = inheritance;
    const { pid } = current.pins.owner;
    return { ...attached, predecessor: { pid, trial, blocks: taken, refused, objection, forgotten, gap } };
  } catch (error) {
    for (const { link } of left) link.close();
    throw error;
  } finally {
    inheritance.close();
  }
}

/** `gap`: why there was a moment without any program; undefined: there was none. */
type Taken = AttachedLink & { readonly gap: string | undefined };

/** Only another mode takes another link: in the one that it has, a program that cannot be replaced stays. Throws a SentryError or a BpfError. */
export function takePlace(succession: Succession): Taken {
  const { request, current } = succession;
  const isOtherMode = request.attach !== 'auto' && request.attach !== current.mode;
  return isOtherMode ? attachInstead(succession) : updateInPlace(succession);
}

/** Pinned here before the old pin goes, so that the program has one at every moment. */
function updateInPlace({ held: { program }, request, pins, current: { link, mode } }: Succession): Taken {
  try {
    if (pins) link.pin(linkOf(pins));
    link.update(program);
  } catch (error) {
    if (pins) unpinLink(pins);
    const { message } = error as Error;
    throw new SentryError(
      'XS_ERR_DRIVER',
      `${request.interface}: ${message}; the program of before goes on`,
      {
        cause: error,
      },
    );
  }
  const isFallback = mode === 'generic' && request.attach === 'auto';
  return { link, mode, fallback: isFallback ? 'so it was before this start' : undefined, gap: undefined };
}

function attachInstead({
  held: { program },
  request,
  ifindex,
  pins,
  current: { link, mode },
}: Succession): Taken {
  const gap = `it was attached in ${mode} mode`;
  link.detach();
  try {
    return { ...attachPinned(program, { ...request, ifindex, pins }), gap };
  } catch (error) {
    // Whoever was kept out by the one before is not let in because this driver cannot do what is asked for.
    const attached = attachPinned(program, { ...request, attach: mode, ifindex, pins });
    return { ...attached, fallback: (error as Error).message, gap };
  }
}
