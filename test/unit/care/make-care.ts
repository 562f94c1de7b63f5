import type { TestContext } from 'node:test';
import { type CareParts, startCare } from '../../../src/care.ts';
import { parsePolicy } from '../../../src/config/load.ts';
import type { OwnAddresses } from '../../../src/kernel/data-plane.ts';
import { Blocks } from '../../../src/respond/blocks.ts';
import { Marks } from '../../../src/respond/marks.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

export const prefix = (text: string): Prefix => parsePrefix(text)!;
const OWN: OwnAddresses = { guarded: [prefix('198.51.100.1')], stations: [] };

/** A data plane that says what it is told. */
class WatchedDataPlane extends FakeDataPlane {
  readonly told: string[] = [];

  override setOwn(own: OwnAddresses = OWN): void {
    this.told.push(`own ${own.guarded.map(formatPrefix)}`);
  }
  override setIgnored(ignored: readonly Prefix[] = []): void {
    this.told.push(`ignored ${ignored.map(formatPrefix)}`);
  }
}

/** The looks that care takes; a test says what is to be seen. */
export type Looks = { -readonly [K in keyof CareParts['exempt']]: CareParts['exempt'][K] } & {
  removedByHand: CareParts['records']['removedByHand'];
  look: CareParts['lists']['look'];
  lookAtConnections: CareParts['lookAtConnections'];
  lookAtInterfaces: CareParts['lookAtInterfaces'];
  lookAtServed: CareParts['served']['look'];
};

/** Care with a clock that the test turns, from the start until the test ends. */
export function makeCare(t: TestContext) {
  const dataPlane = new WatchedDataPlane();
  const ended: string[] = [];
  const warnings: string[] = [];
  const listener = {
    added: () => true,
    forgotten: () => undefined,
    changed: () => undefined,
    removed: ({ source }: { source: string }, cause: string) => ended.push(`${source} ${cause}`),
  };
  const blocks = new Blocks(dataPlane, () => undefined, listener);
  const marks = new Marks(() => dataPlane.nowNs(), 10, listener);
  const looks: Looks = {
    own: OWN,
    ignored: [],
    ignores: () => false,
    lookAtHost: () => [],
    lookAtFiles: () => undefined,
    removedByHand: async () => [],
    look: () => undefined,
    lookAtConnections: async () => undefined,
    lookAtInterfaces: () => undefined,
    lookAtServed: async () => undefined,
  };
  const policy = parsePolicy('rules: [{ name: scan, instant: true }]', 'test.yaml');
  t.mock.timers.enable({ apis: ['setInterval'] });
  const care = startCare({
    policy: () => policy,
    dataPlane,
    exempt: looks,
    blocks,
    marks,
    records: looks,
    lists: looks,
    lookAtConnections: () => looks.lookAtConnections(),
    lookAtInterfaces: () => looks.lookAtInterfaces(),
    served: { look: () => looks.lookAtServed() },
    lookAround: () => undefined,
    tell: (event) => warnings.push(event.event === 'warning' ? event.text : event.event),
  });
  t.after(() => care.stop());

  return {
    dataPlane,
    blocks,
    marks,
    looks,
    ended,
    warnings,
    stop: () => care.stop(),
    /** Lets the time pass, and what it brings about be done. */
    async pass(ms: number) {
      dataPlane.advance(ms * 1e6);
      t.mock.timers.tick(ms);
      await new Promise(setImmediate);
    },
    block: (text: string, durationMs?: number) => {
      const evidence = { address: text, protocol: 'tcp', port: 22 } as const;
      return blocks.add({ prefix: prefix(text), origin: 'local', reason: 'a test', durationMs, evidence });
    },
    mark(text: string, durationMs?: number) {
      const evidence = { address: text, protocol: 'tcp', port: 22 } as const;
      marks.add({ prefix: prefix(text), source: text, rule: 'scan', by: 'command', evidence, durationMs });
    },
  };
}
