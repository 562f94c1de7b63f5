import type { BpfMap, BpfObject, BpfProgram } from 'bpf-loader-native';
import { fillPorts } from './fill.ts';
import { PROGRAM_NAME } from './load.ts';
import type { Loader } from './loader.ts';
import type { ProgramOptions } from './program-options.ts';
import { fillInstants, fillRules, rulesTag } from './rules.ts';

/** Tables that are written once for a program, before it sees a packet. All others go on from one program to the next. */
const ownTables: ReadonlySet<string> = new Set(['xs_monitored', 'xs_instants', 'xs_rules']);

/** Sections that libbpf keeps in maps, as .rodata: each program has its own. */
const isSection = (name: string): boolean => name.includes('.');

export type Tables = ReadonlyMap<string, BpfMap>;

/**
 * The program for one set of options, loaded once for each kind of device, all with the same tables. What lasts of these the next
 * generation goes on with; whoever has made the first one closes that in the end.
 */
export class Generation {
  readonly #loader: Loader;
  readonly #options: ProgramOptions;
  readonly #objects = new Map<boolean, BpfObject>();
  readonly #own: Tables;
  readonly lasting: Tables;

  private constructor(
    loader: Loader,
    options: ProgramOptions,
    kind: { readonly withEthernet: boolean; readonly object: BpfObject },
    lasting: Tables,
  ) {
    this.#loader = loader;
    this.#options = options;
    this.#objects.set(kind.withEthernet, kind.object);
    this.#own = tablesOf(kind.object, (name) => ownTables.has(name));
    this.lasting = lasting;
    this.#fill();
  }

  /** With new tables, but for `kept`, which a sentry before has left. Throws a SentryError, and leaves nothing behind then. */
  static first(loader: Loader, options: ProgramOptions, withEthernet: boolean, kept: Tables): Generation {
    const object = loader.load(options, withEthernet, kept);
    const lasting = tablesOf(object, (name) => !ownTables.has(name));
    return new Generation(loader, options, { withEthernet, object }, lasting);
  }

  /** For the same kinds of devices. Throws a SentryError, and leaves nothing behind then. */
  next(options: ProgramOptions): Generation {
    const [withEthernet = true, ...others] = this.#objects.keys();
    const object = this.#loader.load(options, withEthernet, this.lasting);
    const next = new Generation(this.#loader, options, { withEthernet, object }, this.lasting);
    try {
      for (const other of others) next.program(other).close();
      return next;
    } catch (error) {
      next.close();
      throw error;
    }
  }

  /** Stands for its rules; see rulesTag(). */
  get tag(): number {
    return rulesTag(this.#options.rules);
  }

  /** The program for devices with or without an Ethernet header; a handle of its own. Throws a SentryError. */
  program(withEthernet: boolean): BpfProgram {
    let object = this.#objects.get(withEthernet);
    if (!object) {
      const tables = new Map([...this.lasting, ...this.#own]);
      object = this.#loader.load(this.#options, withEthernet, tables);
      this.#objects.set(withEthernet, object);
    }
    return object.program(PROGRAM_NAME);
  }

  /** Shared memory of that program's own variables (.bss). */
  variables(withEthernet: boolean): ArrayBuffer {
    const variables = this.#objects.get(withEthernet)!.map('.bss');
    const memory = variables.mmap();
    variables.close();
    return memory;
  }

  /** Without what lasts. What is at work in the kernel goes on. */
  close(): void {
    for (const table of this.#own.values()) table.close();
    for (const object of this.#objects.values()) object.close();
  }

  #fill(): void {
    const { monitored, rules } = this.#options;
    fillPorts(this.#own.get('xs_monitored')!.mmap(), monitored);
    if (rules.length === 0) return;
    fillInstants(this.#own.get('xs_instants')!, rules, this.tag);
    fillRules(this.#own.get('xs_rules')!, rules, this.tag);
  }
}

function tablesOf(object: BpfObject, isWanted: (name: string) => boolean): Tables {
  const names = object.mapNames().filter((name) => !isSection(name) && isWanted(name));
  return new Map(names.map((name) => [name, object.map(name)]));
}
