import type { Block, RemovalCause } from '../respond/blocks.ts';

/** What an alert leads to. `would_block`: observing. `guarded`: it must not be blocked. */
export type AlertAction = 'alert' | 'block' | 'would_block' | 'guarded';

/** What the sentry tells of itself. One type for the human log, the JSON log and whoever else listens. */
export type SentryEvent =
  | {
      readonly event: 'started';
      readonly interface: string;
      readonly xdp: 'native' | 'generic';
      readonly mode: 'observe' | 'enforce';
      readonly policy: string;
      readonly metrics: string | undefined;
      readonly socket: string;
    }
  | { readonly event: 'stopped'; readonly signal: string; readonly alerts: number; readonly blocks: number }
  | {
      readonly event: 'alert';
      readonly rule: string;
      readonly source: string;
      readonly destination: string;
      /** That the rule counted. */
      readonly probes: number;
      /** Of this source in all. */
      readonly total: number;
      /** `1-4/tcp,53/udp` */
      readonly ports: string;
      readonly kinds: readonly string[];
      readonly action: AlertAction;
    }
  | {
      readonly event: 'blocked';
      readonly source: string;
      readonly origin: Block['origin'];
      readonly reason: string;
      /** Undefined: until it is lifted. */
      readonly seconds: number | undefined;
    }
  | {
      readonly event: 'block_changed';
      readonly source: string;
      readonly origin: Block['origin'];
      readonly reason: string;
      /** From now on. Undefined: until it is lifted. */
      readonly seconds: number | undefined;
    }
  | { readonly event: 'unblocked'; readonly source: string; readonly cause: RemovalCause }
  | { readonly event: 'warning'; readonly text: string }
  /** Lines that were held back because too many came at once. */
  | { readonly event: 'summed_up'; readonly lines: number; readonly seconds: number };

export type Level = 'error' | 'warn' | 'info' | 'debug';

export const levelOf = (event: SentryEvent): Level =>
  event.event === 'warning' || event.event === 'alert' || event.event === 'summed_up' ? 'warn' : 'info';

const forHowLong = (seconds: number | undefined, format: (ms: number) => string) =>
  seconds === undefined ? 'until lifted' : `for ${format(seconds * 1000)}`;

/** One line for people. */
export function wordsOf(event: SentryEvent, formatDuration: (ms: number) => string): string {
  switch (event.event) {
    case 'started':
      return `watching ${event.interface} (XDP ${event.xdp}), mode ${event.mode}, policy ${event.policy}; metrics ${event.metrics ?? 'off'}; control socket ${event.socket}`;
    case 'stopped':
      return `stopped on ${event.signal}; alerts so far: ${event.alerts}; blocks that end with this: ${event.blocks}`;
    case 'alert': {
      const consequence = {
        alert: '',
        block: '',
        would_block: ' (observing: not blocked)',
        guarded: ' (guarded: never blocked)',
      }[event.action];
      return `alert ${event.rule}: ${event.source} sent ${event.probes} ${event.probes === 1 ? 'probe' : 'probes'}${event.total > event.probes ? `, ${event.total} in all,` : ''} (${event.kinds.join(', ')}) to ${event.destination}, ports ${event.ports}${consequence}`;
    }
    case 'blocked':
      return `blocked ${event.source} ${forHowLong(event.seconds, formatDuration)} (${event.origin}: ${event.reason})`;
    case 'block_changed':
      return `changed the block of ${event.source}: now ${forHowLong(event.seconds, formatDuration)} (${event.origin}: ${event.reason})`;
    case 'unblocked':
      return `unblocked ${event.source} (${event.cause})`;
    case 'warning':
      return event.text;
    case 'summed_up':
      return `${event.lines} more lines within ${event.seconds} s were held back; the metrics count everything`;
  }
}
