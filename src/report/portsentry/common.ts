import { formatDuration } from '../../values/duration.ts';
import { type SentryEvent, wordsOf } from '../event.ts';
import type { PortsentryContext } from './line.ts';
import type { Notice } from './notice.ts';
import { responseNotices } from './responses.ts';

const admin = (text: string): Notice => ({ tag: 'adminalert', text });

const lasting = (seconds: number | undefined): string =>
  seconds === undefined ? 'until it is lifted' : `for ${formatDuration(seconds * 1000)}`;

/**
 * Events that sound alike in both versions. Blocks by XDP and their end are our own: PortSentry had no such thing, and the
 * texts must not be taken for any that a log reader knows.
 */
export function commonNotices(event: SentryEvent, { policy }: PortsentryContext): Notice[] {
  switch (event.event) {
    case 'blocked':
      return [
        {
          tag: 'attackalert',
          text: `Host ${event.source} has been blocked via XDP ${lasting(event.seconds)}`,
        },
      ];
    case 'block_changed':
      return [admin(`Host ${event.source} is from now on blocked via XDP ${lasting(event.seconds)}`)];
    case 'unblocked':
      return [admin(`Host ${event.source} is no longer blocked (${event.cause}).`)];
    case 'response':
      return responseNotices(event, policy.responses);
    case 'warning':
    case 'memory':
      return [admin(event.text)];
    case 'distributed':
    case 'decoy':
    case 'campaign':
    case 'unconfirmed':
    case 'confirmed':
    case 'forwarded':
    case 'reloaded':
    case 'list_loaded':
    case 'list_ended':
      return [admin(wordsOf(event, formatDuration))];
    case 'rolled_back':
    case 'reload_failed':
    case 'list_failed':
      return [{ tag: 'adminalert', isError: true, text: wordsOf(event, formatDuration) }];
    case 'summed_up':
      return [
        admin(
          `${event.lines} more lines within ${event.seconds} s were held back; the metrics count everything`,
        ),
      ];
    case 'failed':
      return [{ tag: 'adminalert', isError: true, text: event.text }];
    case 'starting':
    case 'started':
    case 'stopped':
    case 'alert':
    case 'probe':
      return []; // each version has words of its own, or none
  }
}
