import type { SentryEvent } from '../event.ts';
import { type PortsentryContext, type PortsentryLine, printable } from './line.ts';
import { style12Lines } from './style-1.2.ts';
import { style2Lines } from './style-2.ts';

/**
 * What PortSentry, of the version that `context.portsentry.style` names, would have said of this event: no line, or
 * several. To the byte, where PortSentry has words for it; docs/portsentry.md lists where it has not.
 */
export function portsentryLines(event: SentryEvent, context: PortsentryContext): PortsentryLine[] {
  const lines =
    context.portsentry.style === '2'
      ? style2Lines(event, context)
      : style12Lines(event, context).map((text) => ({ severity: 'notice' as const, text }));
  return lines.map(({ severity, text }) => ({ severity, text: printable(text) }));
}
