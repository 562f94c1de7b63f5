import { type BpfError, interfaceIndex } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import { hasEthernet, requireInterface } from './attach.ts';
import type { Attachment } from './data-plane.ts';
import type { Generation } from './generation.ts';
import { Hold } from './hold.ts';
import type { Held, HoldRequest } from './succession.ts';

type Place = { readonly hold: Hold; readonly withEthernet: boolean };

/** The program's places on the interfaces that are watched. */
export class Holds {
  readonly #held: Omit<Held, 'program'>;
  readonly #request: Omit<HoldRequest, 'interface'>;
  readonly #places = new Map<string, Place>();

  constructor(held: Omit<Held, 'program'>, request: Omit<HoldRequest, 'interface'>) {
    this.#held = held;
    this.#request = request;
  }

  /** Those that have gone stay among them, until they are removed. */
  get attachments(): readonly Attachment[] {
    return [...this.#places.values()].map(({ hold }) => hold.attachment);
  }

  /** True while the program sits on the interface that has this name now. */
  has(name: string): boolean {
    const ifindex = this.#places.get(name)?.hold.ifindex ?? 0;
    return ifindex !== 0 && ifindex === interfaceIndex(name);
  }

  /** Puts the program on the interface, unless it sits there. Throws a SentryError. */
  add(name: string, generation: Generation): void {
    if (this.has(name)) return;
    requireInterface(name);
    this.remove(name); // the interface has gone, and another one of that name may have come
    const withEthernet = hasEthernet(name);
    const program = generation.program(withEthernet);
    const hold = new Hold({ ...this.#held, program }, { ...this.#request, interface: name });
    this.#places.set(name, { hold, withEthernet });
  }

  /** Takes the program off the interface. */
  remove(name: string): void {
    this.#places.get(name)?.hold.close();
    this.#places.delete(name);
  }

  /** Puts the next generation in the place of this one, on all interfaces or none. Throws a SentryError. */
  replace(old: Generation, next: Generation): void {
    const replaced: Place[] = [];
    for (const place of this.#places.values()) {
      try {
        if (swap(place, next)) replaced.push(place);
      } catch (error) {
        const stuck = replaced
          .filter((done) => !trySwap(done, old))
          .map(({ hold }) => hold.attachment.interface);
        const more = stuck.length > 0 ? `; ${stuck.join(', ')} could not be put back: start anew` : '';
        throw new SentryError('XS_ERR_DRIVER', `${(error as BpfError).message}${more}`, { cause: error });
      }
    }
  }

  leave(): void {
    for (const { hold } of this.#places.values()) hold.leave();
  }

  close(): void {
    for (const { hold } of this.#places.values()) hold.close();
  }
}

/** Does it, or answers false: what has failed first is what there is to mend. */
function trySwap(place: Place, generation: Generation): boolean {
  try {
    swap(place, generation);
    return true;
  } catch {
    return false;
  }
}

/** False: the interface has gone, and what comes in its place gets the program of that time. Throws a BpfError. */
function swap({ hold, withEthernet }: Place, generation: Generation): boolean {
  if (hold.isInterfaceGone()) return false;
  const program = generation.program(withEthernet);
  try {
    hold.replace(program);
    return true;
  } catch (error) {
    program.close();
    if (hold.isInterfaceGone()) return false;
    throw error;
  }
}
