import type { BpfLink, BpfProgram } from 'bpf-loader-native';
import { type AttachedLink, type AttachMode, attachAnew, requireInterface } from './attach.ts';
import type { BlockMap } from './block-map.ts';
import type { Attachment, Predecessor } from './data-plane.ts';
import { Inheritance } from './inheritance.ts';
import { findLeftBehind, type LeftBehind } from './left-behind.ts';
import { linkOf, makePins, type Pins, pinTable, removePins, unpinLink } from './pins.ts';

export type HoldRequest = {
  readonly interface: string;
  readonly attach: AttachMode;
  /** The blocks of a sentry that was killed go on; otherwise its program is replaced, and they end. */
  readonly inheritsBlocks: boolean;
};

/**
 * The program's place on the interface. Its link and block table are pinned: should the process be killed, the program goes on,
 * and the next sentry finds both. `close()` takes all of it away.
 */
export class Hold {
  readonly attachment: Attachment;
  readonly #link: BpfLink;
  readonly #program: BpfProgram;
  readonly #pins: Pins | undefined;

  /** Throws a SentryError, and leaves nothing of its own behind then. */
  constructor(program: BpfProgram, request: HoldRequest, blocks: BlockMap) {
    const name = request.interface;
    const ifindex = requireInterface(name);
    const { pins, unpinned } = tryToPin(name, blocks);
    try {
      const left = pins ? findLeftBehind(name, ifindex) : [];
      const taken =
        pins && left[0]
          ? succeed({ program, request, ifindex, pins, left, current: left[0], blocks })
          : { ...begin(program, request, ifindex, pins), predecessor: undefined };
      const { link, mode, fallback, predecessor } = taken;
      this.attachment = { interface: name, ifindex, mode, fallback, unpinned, predecessor };
      this.#link = link;
      this.#program = program;
      this.#pins = pins;
    } catch (error) {
      if (pins) removePins(pins);
      throw error;
    }
  }

  isInterfaceGone(): boolean {
    return this.#link.info().ifindex === 0;
  }

  /** A program that has taken this one's place meanwhile stays. */
  close(): void {
    if (this.#pins) removePins(this.#pins);
    if (this.#link.info().programId === this.#program.id) this.#link.detach();
    this.#link.close();
  }
}

/** The table is pinned first: a link that is found has its table beside it. */
function tryToPin(
  name: string,
  blocks: BlockMap,
): { readonly pins: Pins | undefined; readonly unpinned: string | undefined } {
  let pins: Pins | undefined;
  try {
    pins = makePins(name);
    pinTable(pins, blocks.table);
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
  readonly program: BpfProgram;
  readonly request: HoldRequest;
  readonly ifindex: number;
  readonly pins: Pins;
  readonly left: readonly LeftBehind[];
  /** One of those: they all hold the link that sits on the interface. */
  readonly current: LeftBehind;
  readonly blocks: BlockMap;
};

/** First the blocks, then the program in one step, then what the old one has blocked in the meantime. */
function succeed(succession: Succession): AttachedLink & { readonly predecessor: Predecessor } {
  const { request, left, current, blocks } = succession;
  const inheritance = new Inheritance(request.inheritsBlocks ? left : [], blocks);
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
    return { ...attached, predecessor: { pid, blocks: taken, refused, objection, gap } };
  } finally {
    inheritance.close();
  }
}

/** Pinned here before the old pin goes, so that the program has one at every moment. */
function replace({ program, request, ifindex, pins, current }: Succession): AttachedLink & {
  readonly gap: string | undefined;
} {
  const { link, mode } = current;
  const wanted = request.attach;
  let gap = wanted === 'auto' || wanted === mode ? undefined : `it was attached in ${mode} mode`;
  if (!gap) {
    try {
      link.pin(linkOf(pins));
      link.update(program);
      const fallback =
        mode === 'generic' && wanted === 'auto' ? 'so it was before the sentry was killed' : undefined;
      return { link, mode, fallback, gap };
    } catch (error) {
      unpinLink(pins);
      gap = (error as Error).message;
    }
  }
  link.detach();
  return { ...begin(program, request, ifindex, pins), gap };
}
