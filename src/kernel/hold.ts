import type { BpfLink, BpfProgram } from 'bpf-loader-native';
import { requireInterface } from './attach.ts';
import { attachPinned } from './attach-pinned.ts';
import type { Attachment } from './data-plane.ts';
import { findLeftBehind } from './left-behind.ts';
import { makePins, type Pins, pinTables, removePins } from './pins.ts';
import { type Held, type HoldRequest, succeed } from './succession.ts';

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
        : { ...attachPinned(held.program, { ...request, ifindex, pins }), predecessor: undefined };
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
