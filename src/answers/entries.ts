import type { BlockEntry, ListEntry } from '../control/protocol.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { ListStatus } from '../lists/status.ts';
import type { Block } from '../respond/blocks.ts';
import type { Mark } from '../respond/marks.ts';
import { NS_PER_MS } from '../values/duration.ts';

/** Blocks, marks and lists as they go over the control socket: in wall-clock time, with what they have dropped. */
export class Entries {
  readonly #dataPlane: Pick<DataPlane, 'nowNs' | 'readBlock' | 'countsOf'>;

  constructor(dataPlane: Pick<DataPlane, 'nowNs' | 'readBlock' | 'countsOf'>) {
    this.#dataPlane = dataPlane;
  }

  ofList({ facts, loadedMs, checkedMs, dueNs, expiresNs, drops, ...list }: ListStatus): ListEntry {
    const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      name: list.name,
      origin: list.origin,
      state: list.state,
      source: list.source,
      facts: facts ?? null,
      from: list.from ?? null,
      loaded: iso(loadedMs),
      checked: iso(checkedMs),
      next: dueNs === undefined ? null : this.timeOf(Math.max(dueNs, this.#dataPlane.nowNs())),
      until: expiresNs === undefined ? null : this.timeOf(expiresNs),
      error: list.error ?? null,
      packets: drops.packets,
      bytes: drops.bytes,
    };
  }

  ofBlock({ prefix, source, origin, reason, addedNs, expiresNs }: Block): BlockEntry {
    const standing = this.#dataPlane.readBlock(prefix);
    const { packets, bytes } = standing ? this.#dataPlane.countsOf(standing) : { packets: 0, bytes: 0 };
    const seenNs = standing?.lastSeenNs;
    return {
      source,
      by: 'xdp',
      origin,
      reason,
      ...this.#times(addedNs, expiresNs),
      packets,
      bytes,
      lastSeen: seenNs === undefined ? null : this.timeOf(seenNs),
    };
  }

  ofMark({ source, by, rule, evidence, addedNs, expiresNs }: Mark): BlockEntry {
    const reason = `${rule}: ${evidence.port}/${evidence.protocol}`;
    const times = this.#times(addedNs, expiresNs);
    return { source, by, origin: 'local', reason, ...times, packets: 0, bytes: 0, lastSeen: null };
  }

  #times(addedNs: number, expiresNs: number | undefined) {
    if (expiresNs === undefined) return { since: this.timeOf(addedNs), until: null, remainingSeconds: null };
    const remainingMs = (expiresNs - this.#dataPlane.nowNs()) / NS_PER_MS;
    return {
      since: this.timeOf(addedNs),
      until: this.timeOf(expiresNs),
      remainingSeconds: Math.ceil(remainingMs / 1000),
    };
  }

  /** ISO 8601 of a boot time. */
  timeOf(ns: number): string {
    return new Date(Date.now() + (ns - this.#dataPlane.nowNs()) / NS_PER_MS).toISOString();
  }
}
