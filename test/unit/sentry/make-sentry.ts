import { parsePolicy } from '../../../src/config/load.ts';
import { Trails } from '../../../src/detect/trails.ts';
import type { Sighting } from '../../../src/kernel/data-plane.ts';
import type { SentryEvent } from '../../../src/report/event.ts';
import { type BlockListener, Blocks, type Lengthen } from '../../../src/respond/blocks.ts';
import { makeGuard } from '../../../src/respond/guard.ts';
import { Marks } from '../../../src/respond/marks.ts';
import { Offences } from '../../../src/respond/offences.ts';
import { Sentry } from '../../../src/sentry.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { sourceOf } from '../../../src/values/source.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

export const SCANNER = '198.51.100.66';
export const GATEWAYS = ['198.51.100.1', '2001:db8::1'];

export const prefix = (text: string): Prefix => parsePrefix(text)!;

/** A sentry, joined with its blocks and marks as the daemon joins them, on a data plane in memory. */
export function makeSentry(
  yaml: string,
  options: {
    readonly blocks?: number;
    readonly canAnswer?: () => boolean;
    readonly onTell?: () => void;
    /** Sources that hold a TCP connection. */
    readonly connected?: ReadonlySet<string>;
    readonly labelOf?: (address: string) => string | undefined;
  } = {},
) {
  const policy = parsePolicy(yaml, 'test.yaml');
  const dataPlane = new FakeDataPlane(options.blocks);
  const told: SentryEvent[] = [];
  const counted: string[] = [];
  const tools: (string | undefined)[] = [];
  const reactions: number[] = [];
  const guarded = GATEWAYS.map((address) => ({ prefix: prefix(address), reason: 'a gateway' }));
  const guard = makeGuard(
    () => guarded,
    () => [prefix('192.0.2.0/24')],
    (source) => (options.connected?.has(formatPrefix(source)) ? 'connection' : undefined),
    () => false,
    (source) => sentry.isDecoy(source),
  );
  const offences = new Offences({
    escalation: policy.escalation,
    capacity: 100,
    nowNs: () => dataPlane.nowNs(),
    isProven: () => true,
    changed: () => undefined,
  });
  const lengthen: Lengthen = (source, durationMs) => offences.durationMs(source, durationMs);
  const listener: BlockListener = {
    added(block) {
      offences.blocked(block);
      const { source, origin, reason } = block;
      sentry.tell({ event: 'blocked', source, origin, reason, seconds: undefined });
    },
    changed(block) {
      offences.blocked(block);
      const { source, origin, reason } = block;
      sentry.tell({ event: 'block_changed', source, origin, reason, seconds: undefined });
    },
    removed(ended, cause) {
      offences.ended(ended, cause);
      sentry.answerEnded(ended, cause);
      sentry.tell({ event: 'unblocked', source: ended.source, cause });
    },
  };
  const blocks = new Blocks(dataPlane, guard, listener, {
    lengthen,
    warn: (text) => sentry.tell({ event: 'warning', text }),
  });
  const marks = new Marks(() => dataPlane.nowNs(), 100, {
    added: () => options.canAnswer?.() ?? true,
    forgotten: () => undefined,
    removed(ended, cause) {
      sentry.answerEnded(ended, cause);
      sentry.tell({ event: 'unblocked', source: ended.source, cause });
    },
  });
  const trails = new Trails({ maxSources: policy.tables.sources });
  const sentry = new Sentry({
    policy,
    dataPlane,
    blocks,
    marks,
    trails,
    lengthen,
    tell(event) {
      options.onTell?.();
      told.push(event);
    },
    labelOf: ({ address }) => options.labelOf?.(address),
    countTool: (tool) => tools.push(tool),
    countAlert: (rule) => counted.push(rule),
    observeReaction: (seconds) => reactions.push(seconds),
  });
  /** What was told since the last call, in short. */
  const take = (): string[] => told.splice(0).map(short);
  const see = (wanted: Partial<Sighting> = {}): string[] => {
    sentry.handle(sightingOf({ atNs: dataPlane.nowNs(), ...wanted }));
    return take();
  };
  return { sentry, dataPlane, blocks, marks, trails, see, take, told, counted, reactions, tools };
}

/** A SYN to TCP port 22, as each probe of its own: its source follows from its address. */
export function sightingOf(wanted: Partial<Sighting>): Sighting {
  const { address = SCANNER, protocol = 'tcp', kind = protocol === 'udp' ? 'udp' : 'syn' } = wanted;
  return {
    source: sourceOf(prefix(address), 64),
    address,
    destination: '198.51.100.10',
    protocol,
    port: 22,
    kind,
    tcpFlags: protocol === 'tcp' ? 2 : 0,
    ipOptions: false,
    isAmongDecoys: false,
    isIgnored: false,
    firstNs: 0,
    total: 1,
    kinds: new Set([kind]),
    portCount: 1,
    traits: undefined,
    atNs: 0,
    instantBlock: undefined,
    ...wanted,
  };
}

function short(event: SentryEvent): string {
  switch (event.event) {
    case 'alert':
      return `alert ${event.rule}: ${event.action}`;
    case 'probe':
      return `probe: ${event.fate}`;
    case 'unblocked':
      return `unblocked ${event.source} ${event.cause}`;
    case 'blocked':
    case 'block_changed':
      return `${event.event} ${event.source} (${event.reason})`;
    case 'warning':
      return `warning: ${event.text}`;
    default:
      return event.event;
  }
}
