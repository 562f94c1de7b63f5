import { SentryError } from '../../src/errors.ts';
import type {
  Attachment,
  DataPlane,
  KernelBlock,
  ListDrops,
  NewBlock,
  TrialState,
} from '../../src/kernel/data-plane.ts';
import type { PortsByProtocol, ProgramOptions } from '../../src/kernel/program-options.ts';
import { NS_PER_MS } from '../../src/values/duration.ts';
import { formatPrefix, type Prefix } from '../../src/values/prefix.ts';
import { MAX_LISTS, type PrefixColumns, prefixesIn } from '../../src/values/prefix-columns.ts';

/** A data plane in memory, with a clock that the test turns. The contract suite holds it to what the real one does. */
export class FakeDataPlane implements DataPlane {
  readonly #attachments = new Map<string, Attachment>();
  /** Options of the programs that have taken the place of the first. */
  readonly renewals: ProgramOptions[] = [];
  readonly #blocks = new Map<string, KernelBlock>();
  readonly #capacity: number;
  #nowNs = 1_000_000_000;
  #lists: readonly PrefixColumns[] = [];
  #isSettingLists = false;
  readonly #listDrops = new Map<number, ListDrops>();
  /** Sources that its rules were to begin anew with. */
  readonly forgotten: string[] = [];
  /** Sources that hold a connection. */
  connected: string[] = [];
  /** Networks that fit into all lists together. */
  listCapacity = Infinity;
  /** There is no memory for another table of lists, however small. */
  isOutOfMemory = false;
  /** Tables of lists that were to be put in force, also in vain. */
  listTables = 0;

  constructor(capacity = 1000) {
    this.#capacity = capacity;
  }

  isSuccessor = false;

  attach(): string[] {
    this.watch('fake0');
    return [];
  }

  watch(name: string): void {
    const rest = { fallback: undefined, unpinned: undefined, predecessor: undefined };
    this.#attachments.set(name, { interface: name, ifindex: 1, mode: 'native', ...rest });
  }

  unwatch(name: string): void {
    this.#attachments.delete(name);
  }

  get attachments(): readonly Attachment[] {
    return [...this.#attachments.values()];
  }

  #enforcedUntilNs: number | undefined;

  enforceFor(durationMs: number | undefined): void {
    this.#enforcedUntilNs = durationMs === undefined ? undefined : this.#nowNs + durationMs * NS_PER_MS;
  }

  get trial(): TrialState | undefined {
    if (this.#enforcedUntilNs === undefined) return undefined;
    const leftNs = this.#enforcedUntilNs - this.#nowNs;
    return { state: leftNs > 0 ? 'unconfirmed' : 'rolled_back', leftNs };
  }

  advance(ns: number): void {
    this.#nowNs += ns;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  /** What the kernel does when it carries out a rule. */
  blockInstantly(prefix: Prefix, rule: number, expiresNs: number | undefined): void {
    this.#put({ prefix, origin: 'local', expiresNs }, rule);
  }

  block(block: NewBlock): void {
    if (this.#blocks.size >= this.#capacity && !this.#blocks.has(formatPrefix(block.prefix))) {
      throw new SentryError('XS_ERR_TABLE_FULL', `${this.#capacity} entries`);
    }
    this.#put(block, undefined);
  }

  #put(block: NewBlock, rule: number | undefined): void {
    const old = this.#blocks.get(formatPrefix(block.prefix));
    const isRenewal = old && (old.expiresNs === undefined || old.expiresNs > this.#nowNs);
    const counts = isRenewal ? old : { addedNs: this.#nowNs, packets: 0, bytes: 0, lastSeenNs: undefined };
    this.#blocks.set(formatPrefix(block.prefix), { ...counts, ...block, rule });
  }

  unblock(prefix: Prefix): boolean {
    return this.#blocks.delete(formatPrefix(prefix));
  }

  readBlock(prefix: Prefix): KernelBlock | undefined {
    return this.#blocks.get(formatPrefix(prefix));
  }

  countsOf({ packets, bytes }: KernelBlock) {
    return { packets, bytes };
  }

  forget(source: Prefix): void {
    this.forgotten.push(formatPrefix(source));
  }

  blocks(): IterableIterator<KernelBlock> {
    return this.#blocks.values();
  }

  async setLists(lists: readonly PrefixColumns[]): Promise<void> {
    if (this.#isSettingLists) throw new Error('calls of setLists must not overlap');
    this.#isSettingLists = true;
    this.listTables++;
    await new Promise(setImmediate);
    this.#isSettingLists = false;
    const size = lists.reduce((sum, { lengths4, lengths6 }) => sum + lengths4.length + lengths6.length, 0);
    if (lists.length > MAX_LISTS) throw new SentryError('XS_ERR_LISTS_FULL', `${MAX_LISTS} lists`);
    if (size > this.listCapacity) throw new SentryError('XS_ERR_LISTS_FULL', `${this.listCapacity} entries`);
    if (this.isOutOfMemory) throw new SentryError('XS_ERR_LISTS_FULL', 'they take 1 MB: ENOMEM');
    this.#lists = lists;
  }

  listDrops(): ListDrops[] {
    return this.#lists.map((_, number) => this.#listDrops.get(number) ?? { packets: 0, bytes: 0 });
  }

  /** What the lists hold, by number. */
  listed(): string[][] {
    return this.#lists.map((columns) => [...prefixesIn(columns)].map(formatPrefix));
  }

  /** What the kernel does with packets from a listed source. */
  dropListed(number: number, packets: number, bytes: number): void {
    const old = this.#listDrops.get(number) ?? { packets: 0, bytes: 0 };
    this.#listDrops.set(number, { packets: old.packets + packets, bytes: old.bytes + bytes });
  }

  outcomes() {
    return [{ verdict: 'pass', reason: 'probe', packets: 3, bytes: 180 } as const];
  }

  probes() {
    return [{ protocol: 'tcp', kind: 'syn', probes: 3 } as const];
  }

  portProbes() {
    return [{ protocol: 'tcp', port: 22, probes: 3 } as const];
  }

  losses() {
    return [{ reason: 'ring_full', count: 0 }];
  }

  async tables() {
    return [{ table: 'blocks', entries: this.#blocks.size, capacity: this.#capacity, bytes: 4096 }];
  }

  setOwn(): void {}

  /** What was said to be served, each time. */
  readonly served: PortsByProtocol[] = [];

  setServed(ports: PortsByProtocol): void {
    this.served.push(ports);
  }

  readServed(): PortsByProtocol {
    return this.served.at(-1) ?? {};
  }

  setIgnored(): void {}

  readonly #logins = new Map<string, { readonly prefix: Prefix; readonly lastMs: number }>();
  readonly logins = {
    all: () => [...this.#logins.values()],
    set: (prefix: Prefix, lastMs: number) => void this.#logins.set(formatPrefix(prefix), { prefix, lastMs }),
    delete: (prefix: Prefix) => void this.#logins.delete(formatPrefix(prefix)),
  };

  setConnected(sources: ReadonlyMap<string, Prefix>): void {
    this.connected = [...sources.keys()];
  }

  renew(options: ProgramOptions): void {
    this.renewals.push(options);
  }

  isAttached(name: string): boolean {
    return this.#attachments.has(name);
  }

  readsEvents(): boolean {
    return true;
  }

  leave(): void {
    this.close();
  }

  close(): void {}
}
