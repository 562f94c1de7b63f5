import type { BpfLink, BpfMap, BpfProgram } from 'bpf-loader-native';
import { type AttachedLink, type AttachMode, attachAnew, requireInterface } from './attach.ts';
import type { BlockMap } from './block-map.ts';
import type { Attachment, Predecessor } from './data-plane.ts';
import { Inheritance } from './inheritance.ts';
import { findLeftBehind, type LeftBehind, trialStateOf } from './left-behind.ts';
import { linkOf, makePins, type Pins, pinTables, removePins, unpinLink } from './pins.ts';

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

/**
 * The program's place on the interface. Its link and its tables are pinned: should the process be killed, or leave, the program
 * goes on, and the next sentry finds them. `close()` takes all of it away.
 */
export class Hold {
  readonly attachment: Attachment;
  readonly #link: BpfLink;
  #program: BpfProgram;
  readonly #pins: Pins | undefined;

  /** Throws a SentryError, and leaves nothing of its own behind then. */
  constructor(held: Held, request: HoldRequest) {
    const name = request.interface;
    const ifindex = requireInterface(name);
    const { pins, unpinned } = request.isEphemeral ? NO_PINS : tryToPin(name, held.mapOf);
    try {
      const left = findLeftBehind(name, ifindex);
      const taken = left[0]
        ? succeed({ held, request, ifindex, pins, left, current: left[0] })
        : { ...begin(held.program, request, ifindex, pins), predecessor: undefined };
      const { link, mode, fallback, predecessor } = taken;
      this.attachment = { interface: name, ifindex, mode, fallback, unpinned, predecessor };
      this.#link = link;
      this.#program = held.program;
      this.#pins = pins;
    } catch (error) {
      if (pins) removePins(pins);
      held.program.close();
      throw error;
    }
  }

  isInterfaceGone(): boolean {
    return this.ifindex === 0;
  }

  /** Of the interface on which the program sits; 0: it has gone. */
  get ifindex(): number {
    return this.#link.info().ifindex;
  }

  /** Puts another program in this one's place, in one step. Throws a BpfError: nothing has happened then. */
  replace(program: BpfProgram): void {
    this.#link.update(program, this.#program);
    this.#program.close();
    this.#program = program;
  }

  /** Lets the program go on without this process, if it is pinned. */
  leave(): void {
    if (!this.#pins) {
      this.close();
      return;
    }
    this.#link.close();
    this.#program.close();
  }

  /** A program that has taken this one's place meanwhile stays. */
  close(): void {
    if (this.#pins) removePins(this.#pins);
    if (this.#link.info().programId === this.#program.id) this.#link.detach();
    this.#link.close();
    this.#program.close();
  }
}

type Pinning = { readonly pins: Pins | undefined; readonly unpinned: string | undefined };
const NO_PINS: Pinning = { pins: undefined, unpinned: undefined };

/** The tables are pinned first: a link that is found has them beside it. */
function tryToPin(name: string, mapOf: Held['mapOf']): Pinning {
  let pins: Pins | undefined;
  try {
    pins = makePins(name);
    pinTables(pins, mapOf);
    return { pins, unpinned: undefined };
  } catch (error) {
    if (pins) removePins(pins);
    return { pins: undefined, unpinned: (error as Error).message };
  }
}

function begin(
  program: BpfProgram,
  { interface: name, attach }: HoldRequest,
  ifindex: number,
  pins: Pins | undefined,
): AttachedLink {
  const attached = attachAnew(program, name, ifindex, attach);
  if (!pins) return attached;
  try {
    attached.link.pin(linkOf(pins));
    return attached;
  } catch (error) {
    attached.link.close();
    throw error;
  }
}

type Succession = {
  readonly held: Held;
  readonly request: HoldRequest;
  readonly ifindex: number;
  readonly pins: Pins | undefined;
  readonly left: readonly LeftBehind[];
  /** One of those: they all hold the link that sits on the interface. */
  readonly current: LeftBehind;
};

/** First the blocks, then the program in one step, then what the old one has blocked in the meantime. */
function succeed(succession: Succession): AttachedLink & { readonly predecessor: Predecessor } {
  const { held, request, left, current } = succession;
  const { blocks, forgotten } = held;
  const trial = trialStateOf(current.pins);
  const inheritance = new Inheritance(left, blocks, request.inherits);
  try {
    inheritance.take();
    inheritance.take(); // the first time may have taken seconds
    const { gap, ...attached } = replace(succession);
    inheritance.take();
    for (const { pins, link } of left) {
      removePins(pins);
      if (link !== attached.link) link.close();
    }
    const { taken, refused, objection } = inheritance;
    const { pid } = current.pins.owner;
    return { ...attached, predecessor: { pid, trial, blocks: taken, refused, objection, forgotten, gap } };
  } finally {
    inheritance.close();
  }
}

/** Pinned here before the old pin goes, so that the program has one at every moment. */
function replace({ held: { program }, request, ifindex, pins, current }: Succession): AttachedLink & {
  readonly gap: string | undefined;
} {
  const { link, mode } = current;
  const wanted = request.attach;
  let gap = wanted === 'auto' || wanted === mode ? undefined : `it was attached in ${mode} mode`;
  if (!gap) {
    try {
      if (pins) link.pin(linkOf(pins));
      link.update(program);
      const fallback = mode === 'generic' && wanted === 'auto' ? 'so it was before this start' : undefined;
      return { link, mode, fallback, gap };
    } catch (error) {
      if (pins) unpinLink(pins);
      gap = (error as Error).message;
    }
  }
  link.detach();
  try {
    return { ...begin(program, request, ifindex, pins), gap };
  } catch (error) {
    // Whoever was kept out by the one before is not let in because this driver cannot do what is asked for.
    const attached = begin(program, { ...request, attach: mode }, ifindex, pins);
    return { ...attached, fallback: (error as Error).message, gap };
  }
}
