import type { Policy, PortsentryPolicy } from '../../config/policy.ts';

/** One line for syslog or standard output, in words of PortSentry and without its end. */
export type PortsentryLine = { readonly severity: Severity; readonly text: string };

/** Those of syslog(3) that PortSentry uses. Version 1.2 says everything as a notice. */
export type Severity = 'error' | 'notice' | 'info';

/** What the words depend on besides the event. */
export type PortsentryContext = {
  readonly policy: Policy;
  readonly portsentry: PortsentryPolicy;
  /** Name of the host with that address, or the address itself. Names are what strangers write into their DNS. */
  readonly nameOf: (address: string) => string;
};

/** Control and format characters, line ends of Unicode, halves of characters: whatever ends a line or steers a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text with `?` for everything that could make another line of it, or more than one. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '?');
