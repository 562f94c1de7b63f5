import { statSync } from 'node:fs';
import type { PortsentryPolicy } from '../config/policy.ts';
import type { Transport } from '../detect/probe.ts';
import type { Evidence } from '../respond/marks.ts';
import { AppendFile } from '../store/append-file.ts';
import { BlockedFile } from '../store/blocked-file.ts';
import { historyLine, scanHistoryLine } from '../store/history-line.ts';

/** PortSentry 1.2 lets nobody else read it. */
const HISTORY_MODE = 0o600;

/** A source that the files say is answered. */
export type Recorded = {
  readonly address: string;
  /** Whose probes it may have been answered for: both, where they share a file. */
  readonly protocols: readonly Transport[];
  readonly port: number;
  readonly atMs: number;
};

export type RecordsParts = {
  readonly warn: (text: string) => void;
  /** The name of the host with that address, or the address itself; undefined when names are not wanted. */
  readonly lookUp: ((address: string) => Promise<string>) | undefined;
};

/**
 * PortSentry's files: the history, and the blocked file of each mode (`FILE.atcp`; in style 2 one for both protocols). Without
 * a PortSentry section in the policy there are none, and nothing is kept.
 */
export class Records {
  readonly #style: PortsentryPolicy['style'] | undefined;
  readonly #lookUp: RecordsParts['lookUp'];
  readonly #history: AppendFile | undefined;
  readonly #blocked: ReadonlyMap<Transport, BlockedFile>;
  /** When a blocked file without times was changed last before the start. */
  #changedMs = Date.now();
  /** The last step of each source whose name is being looked up: what comes after it must not be done before. */
  readonly #waiting = new Map<string, Promise<void>>();

  private constructor(
    portsentry: PortsentryPolicy | undefined,
    blocked: ReadonlyMap<Transport, BlockedFile>,
    { warn, lookUp }: RecordsParts,
  ) {
    this.#style = portsentry?.style;
    this.#lookUp = lookUp;
    this.#blocked = blocked;
    this.#history = portsentry?.history
      ? new AppendFile(portsentry.history, { mode: HISTORY_MODE, warn })
      : undefined;
  }

  static async open(portsentry: PortsentryPolicy | undefined, parts: RecordsParts): Promise<Records> {
    const changedMs = portsentry?.blocked === undefined ? undefined : changeOf(portsentry.blocked);
    const files = new Map<string, BlockedFile>();
    const blocked = new Map<Transport, BlockedFile>();
    for (const protocol of ['tcp', 'udp'] as const) {
      const mode = portsentry?.modes[protocol];
      if (!portsentry?.blocked || mode === undefined) continue;
      const { style } = portsentry;
      const path = style === '2' ? portsentry.blocked : `${portsentry.blocked}.${mode}`;
      const file = files.get(path) ?? (await BlockedFile.open(path, { style, warn: parts.warn }));
      files.set(path, file);
      blocked.set(protocol, file);
    }
    const records = new Records(portsentry, blocked, parts);
    await records.#history?.create();
    if (changedMs !== undefined) records.#changedMs = changedMs;
    return records;
  }

  /** Lines that did not get into the history. */
  get lost(): number {
    return this.#history?.lost ?? 0;
  }

  /** What the blocked files hold. */
  *standing(): IterableIterator<Recorded> {
    for (const file of new Set(this.#blocked.values())) {
      const protocols = [...this.#blocked].flatMap(([protocol, its]) => (its === file ? [protocol] : []));
      for (const { address, atMs = this.#changedMs, port = 0 } of file.entries()) {
        yield { address, protocols, port, atMs };
      }
    }
  }

  /** A source was answered. */
  add(evidence: Evidence): void {
    if (this.#style === undefined) return;
    const atMs = Date.now();
    if (!this.#lookUp) {
      this.#write({ ...evidence, name: evidence.address, atMs });
      return;
    }
    const lookup = this.#lookUp(evidence.address);
    this.#inTurn(evidence, async () => this.#write({ ...evidence, name: await lookup, atMs }));
  }

  /** The answer has ended. */
  remove(source: Source): void {
    const remove = () => this.#blocked.get(source.protocol)?.remove(source.address);
    if (this.#waiting.has(keyOf(source))) this.#inTurn(source, remove);
    else remove();
  }

  /** A line of PortSentry 2 about a probe, for its history. */
  addScanLine(line: string): void {
    if (this.#style === '2') this.#history?.append(scanHistoryLine(Date.now(), line));
  }

  /** Sources that somebody has taken out of a blocked file since the last call, by hand. The binary one of style 2 nobody edits. */
  async removedByHand(): Promise<{ readonly address: string; readonly protocols: readonly Transport[] }[]> {
    const found = [...this.#blocked].map(async ([protocol, file]) => {
      const addresses = await file.changedByOthers();
      return addresses.map((address) => ({ address, protocols: [protocol] }));
    });
    return (await Promise.all(found)).flat();
  }

  /** Resolves when everything is written, or lost. */
  async close(): Promise<void> {
    await Promise.all(this.#waiting.values());
    await Promise.all([
      this.#history?.close(),
      ...[...new Set(this.#blocked.values())].map((file) => file.close()),
    ]);
  }

  #write(host: Parameters<typeof historyLine>[0]): void {
    this.#blocked.get(host.protocol)?.add(host);
    if (this.#style === '1.2') this.#history?.append(historyLine(host));
  }

  #inTurn(source: Source, step: () => unknown): void {
    const key = keyOf(source);
    const done = Promise.resolve(this.#waiting.get(key)).then(async () => {
      await step();
      if (this.#waiting.get(key) === done) this.#waiting.delete(key);
    });
    this.#waiting.set(key, done);
  }
}

type Source = Pick<Evidence, 'protocol' | 'address'>;

const keyOf = ({ protocol, address }: Source): string => `${protocol} ${address}`;

/** Entries of style 2 have no time: they are as old as the last change of their file at least. */
function changeOf(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined; // it is not there; what else may be wrong with it, the one who opens it tells
  }
}
