import { Eldest } from '../../values/eldest.ts';
import type { Port } from '../port-key.ts';
import type { Probe, ProbeKind } from '../probe.ts';
import { Copies, MAX_SENDERS, type Print, type Sender } from './copies.ts';
import type { DecoyBounds } from './decoy-bounds.ts';
import { DecoySet } from './decoy-set.ts';
import { Suspect } from './suspect.ts';

const SECOND_NS = 1e9;
/** A set is told of once in this time; and a source of which no copy came for so long hides among nobody any more. */
const QUIET_NS = 3600 * SECOND_NS;
/** An alert waits so long for the rest of the set, whose probes may come by way of other CPUs. */
const SETTLE_NS = 2 * SECOND_NS;
/** Sources that hide, or are hidden behind: 32 scans among as many decoys as nmap can take. */
const MAX_SUSPECTS = 4096;

/** Several sources have sent the same probes: one of them scans, and the others are forged. */
export type DecoyAlert = {
  readonly atNs: number;
  readonly sources: readonly string[];
  readonly destination: string;
  /** The latest that they have in common. */
  readonly ports: readonly Port[];
  readonly kinds: readonly ProbeKind[];
  /** Probes in common: those of the source that has the most. */
  readonly probes: number;
  /** Rules spare one of them at least, for that. */
  readonly isSpared: boolean;
};

/** What a probe has brought to light. */
export type DecoyFindings = {
  /** Sources that turn out to be of a set, with this probe or with an earlier one: what rules hold against them is open to doubt. */
  readonly copied: readonly string[];
  /** The source has sent so much that the others have not that rules apply to it again. */
  readonly isAlone: boolean;
};

const NOTHING_FOUND: DecoyFindings = { copied: [], isAlone: false };

/**
 * Recognises scans among decoys (nmap -D), whatever the order in which the probes of a set are told of. Pure: time comes in with the
 * probes. Memory is bounded; who finds no room is judged as if he were alone.
 */
export class Decoys {
  readonly #bounds: DecoyBounds;
  readonly #copies: Copies;
  /** By source, in the order of their latest copies. */
  readonly #suspects = new Map<string, Suspect<DecoySet>>();
  readonly #eldest = new Eldest(this.#suspects);
  /** Sets that an alert is due for. */
  readonly #due = new Set<DecoySet>();
  #nowNs = 0;
  #forgotten = 0;

  constructor(bounds: DecoyBounds) {
    this.#bounds = bounds;
    this.#copies = new Copies(bounds.withinNs);
  }

  /**
   * To be asked before any rule is: of a source among decoys rules must not believe what they see. `isAmongDecoys`: the data plane, which
   * sees every packet, says so of the source; here it may not show, when the others were not told of.
   */
  observe(probe: Probe, isAmongDecoys = false): DecoyFindings {
    const { source, atNs } = probe;
    this.#nowNs = Math.max(this.#nowNs, atNs);
    const known = this.#find(source);
    const wasDecoy = known?.isDecoy === true;
    known?.sends(probe);
    const print = this.#copies.observe(probe);
    const copied = print ? this.#join(print, probe) : [];
    const suspect = isAmongDecoys ? this.#suspectOf(probe) : this.#find(source);
    suspect?.seenAmongDecoys(isAmongDecoys, atNs);
    if (isAmongDecoys && !wasDecoy && !copied.includes(source)) copied.push(source);
    const isAlone = wasDecoy && suspect?.isDecoy !== true;
    return copied.length > 0 || isAlone ? { copied, isAlone } : NOTHING_FOUND;
  }

  /** The latest probes of that source came in the names of others, too: half of them or more. */
  isDecoy(source: string): boolean {
    return this.#find(source)?.isDecoy === true;
  }

  /** Alerts whose time has come: of each set one an hour. */
  due(nowNs: number): DecoyAlert[] {
    if (this.#due.size === 0) return [];
    const alerts: DecoyAlert[] = [];
    for (const set of this.#due) {
      if (set.dueNs! > nowNs) continue;
      this.#due.delete(set);
      set.dueNs = undefined;
      const { sure, destination, kinds, toldNs = Number.NEGATIVE_INFINITY } = set;
      if (sure.length < 2) continue; // they have been forgotten, or have gone over to another set
      set.toldNs = nowNs;
      alerts.push({
        atNs: nowNs,
        sources: sure.map(({ source }) => source),
        destination,
        ports: set.portsSince(toldNs),
        kinds: [...kinds],
        probes: Math.max(...sure.map(({ shared }) => shared)),
        isSpared: sure.some(({ isDecoy }) => isDecoy),
      });
    }
    return alerts;
  }

  /**
   * The first sender of a print is one of the set as well, which shows only when the second one comes; and that they have sent copies,
   * when so many have that it is no single forgery any more. Answers of whom that shows now.
   */
  #join({ senders }: Print, probe: Probe): string[] {
    const suspects = this.#latest(senders, 2);
    for (const suspect of suspects) suspect.shares(probe.atNs);
    const copying = this.#latest(senders, this.#bounds.senders);
    for (const suspect of copying) suspect.copies();
    const first = this.#find(senders[0]!.source);
    const together = first && !suspects.includes(first) ? [first, ...suspects] : suspects;
    const set = together.find((suspect) => suspect.set)?.set ?? new DecoySet();
    for (const suspect of together) this.#merge(suspect, set);
    set.note(probe);
    const isQuiet = set.toldNs !== undefined && this.#nowNs - set.toldNs < QUIET_NS;
    if (set.dueNs === undefined && !isQuiet && set.sure.length >= 2) {
      set.dueNs = this.#nowNs + SETTLE_NS;
      this.#due.add(set);
    }
    return copying.map(({ source }) => source);
  }

  /** Of whom something shows that takes so many senders: of nobody yet, of all of them, or of the last. */
  #latest(senders: readonly Sender[], wanted: number): Suspect<DecoySet>[] {
    if (senders.length < wanted) return [];
    const fresh = senders.length === wanted ? senders : senders.slice(-1);
    return fresh.map((sender) => this.#suspectOf(sender));
  }

  /** Its whole set comes with it. What finds no room goes unnamed. */
  #merge(suspect: Suspect<DecoySet>, set: DecoySet): void {
    const old = suspect.set;
    if (old === set) return;
    if (old?.toldNs !== undefined) set.toldNs = Math.max(set.toldNs ?? 0, old.toldNs);
    for (const each of old ? [...old.members] : [suspect]) if (set.members.size < MAX_SENDERS) set.add(each);
  }

  #suspectOf(sender: Sender): Suspect<DecoySet> {
    const { source } = sender;
    const suspect = this.#find(source) ?? new Suspect<DecoySet>(source, sender, this.#bounds);
    this.#suspects.delete(source);
    this.#suspects.set(source, suspect);
    if (this.#suspects.size > MAX_SUSPECTS) {
      this.#forget(this.#suspects.get(this.#eldest.next())!);
      this.#forgotten++;
    }
    return suspect;
  }

  #find(source: string): Suspect<DecoySet> | undefined {
    const suspect = this.#suspects.get(source);
    if (!suspect || this.#nowNs - suspect.lastNs < QUIET_NS || suspect.lastNs === 0) return suspect;
    this.#forget(suspect);
    return undefined;
  }

  #forget(suspect: Suspect<DecoySet>): void {
    this.#suspects.delete(suspect.source);
    suspect.set?.members.delete(suspect);
  }

  /** Sources of sets that are remembered now. */
  get suspects(): number {
    return this.#suspects.size;
  }

  /** Sources of sets, and probes that copies might still have come of, forgotten for want of room, ever. */
  get forgotten(): number {
    return this.#forgotten + this.#copies.forgotten;
  }
}
