import type { AlertAction } from './alert-action.ts';
import { sourcesText } from './sources-text.ts';

/** Alerts about several sources together: see docs/together.md. `sources` are at most 256 of them. */
export type TogetherEvent =
  /** Sources of one network have done together what a rule asks for. */
  | {
      readonly event: 'distributed';
      readonly rule: string;
      readonly network: string;
      readonly sources: readonly string[];
      /** Where the last probe went. */
      readonly destination: string;
      /** What the rule counted, of no source more than half of what it asks for. */
      readonly probes: number;
      readonly ports: string;
      readonly hosts: number;
      readonly kinds: readonly string[];
      /** What came of it; `blocked` of the sources are blocked now, and `guarded` must not be. */
      readonly action: AlertAction;
      readonly blocked: number;
      readonly guarded: number;
    }
  /** All of these have sent the same probes: one of them scans, and the others are forged. */
  | {
      readonly event: 'decoy';
      readonly rule: 'decoy';
      readonly sources: readonly string[];
      readonly destination: string;
      /** Probes in common. */
      readonly probes: number;
      readonly ports: string;
      readonly kinds: readonly string[];
      /** Rules block none of them for that; false: there are too few of them, or they have done it for too long. */
      readonly spared: boolean;
    }
  /** Sources that no rule has caught have tried more ports within an hour than is usual, or rarer ones. */
  | {
      readonly event: 'campaign';
      readonly rule: 'campaign';
      /** The latest of them. */
      readonly sources: readonly string[];
      readonly sourceCount: number;
      readonly portCount: number;
      readonly usualPortCount: number;
      /** The same, each by how rare it is. */
      readonly rarePortCount: number;
      readonly usualRarePortCount: number;
      /** The busiest. */
      readonly networks: readonly {
        readonly network: string;
        readonly ports: number;
        readonly sources: number;
      }[];
    };

/** One line for people. */
export function togetherWords(event: TogetherEvent): string {
  switch (event.event) {
    case 'distributed': {
      const { rule, network, sources, kinds, destination, hosts, ports } = event;
      const others = hosts > 1 ? ` and others, ${hosts} addresses` : '';
      return `alert ${rule}: ${sources.length} sources of ${network} (${sourcesText(sources)}) sent probes (${kinds.join(', ')}) to ${destination}${others}, together to ports ${ports}${consequence(event)}`;
    }
    case 'decoy': {
      const { sources, destination, ports, probes, kinds, spared } = event;
      const fate = spared ? 'none is blocked for that' : 'rules apply to them as to anybody';
      return `alert decoy: ${sources.length} sources sent the same ${probes} probes (${kinds.join(', ')}) to ${destination}, ports ${ports}: one of them scans, the others are forged, and ${fate}: ${sourcesText(sources)}`;
    }
    case 'campaign': {
      const { portCount, usualPortCount, rarePortCount, usualRarePortCount, sourceCount, networks } = event;
      const busiest = networks.map((it) => `${it.network} (${it.ports} by ${it.sources})`).join(', ');
      return `alert campaign: ${portCount} ports were tried within an hour by sources that no rule has caught, and ${usualPortCount} would be usual; by how rare they are, ${rarePortCount} and ${usualRarePortCount}. Sources that stand out: ${sourceCount}; the busiest networks: ${busiest}`;
    }
  }
}

function consequence({ action, blocked, guarded }: Extract<TogetherEvent, { event: 'distributed' }>): string {
  if (action === 'alert') return '';
  if (action === 'would_block') return ' (observing: not blocked)';
  return ` (blocked: ${blocked}${guarded > 0 ? `, guarded: ${guarded}` : ''})`;
}
