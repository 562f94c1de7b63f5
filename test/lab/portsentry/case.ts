/** What a comparison of both PortSentrys is made of: data, so that the whole matrix can be read in one go. */
import { addresses } from '../../../scripts/lab/lab.ts';
import {
  BLOCKED,
  COMMANDS,
  type Files,
  HISTORY,
  IGNORE,
  type Mode,
  type Protocol,
} from '../../../scripts/lab/portsentry.ts';
import type { DeviationId } from '../../../src/config/portsentry/deviations.ts';

/** Who scans last, by protocol: when it has been answered, so has everybody before. */
export const lastSources = { tcp: addresses.client.ipv4, udp: '198.51.100.21' } as const;
/** Lives beside the scanner, too. */
export const otherSource = '198.51.100.22';

/** Options of portsentry.conf; undefined leaves one out. */
export type Options = Readonly<Record<string, string | undefined>>;

/** `7/tcp` */
export type Service = `${number}/${Protocol}`;

/** What happens to the host. A text is an nmap scan by its arguments, from the scanner's address. */
export type Step =
  | string
  | { readonly nmap: string; readonly from: string }
  /** Waits until the answer to a source is complete, so that what comes next comes after it. */
  | { readonly answered: string; readonly protocol: Protocol }
  /** A datagram to a broadcast address. */
  | { readonly broadcast: string; readonly port: number }
  | { readonly occupy: Service }
  | { readonly free: Service };

/** Lines that differ in this case only, and the entry of the list that gives the reason. */
export type Difference = {
  readonly because: DeviationId;
  /** Lines of the real one that are not expected of ours. */
  readonly without?: RegExp;
  /** Lines that are expected of ours and not of the real one. */
  readonly with?: readonly string[];
  /** Entries of its history that are not expected of ours. */
  readonly withoutHistory?: RegExp;
};

export type Case = {
  readonly says: string;
  readonly modes: readonly Mode[];
  readonly options?: Options;
  readonly files?: Files;
  /** Before it starts. */
  readonly before?: readonly Step[];
  readonly steps: readonly Step[];
  readonly differences?: readonly Difference[];
};

/** Small sets of ports, commands that leave a line, and nothing blocked: as Debian's file has it. */
export const DEFAULTS = {
  TCP_PORTS: '1,11,15,79',
  UDP_PORTS: '1,7,9',
  ADVANCED_PORTS_TCP: '120',
  ADVANCED_PORTS_UDP: '120',
  ADVANCED_EXCLUDE_TCP: '113,20',
  ADVANCED_EXCLUDE_UDP: '67',
  IGNORE_FILE: IGNORE,
  HISTORY_FILE: HISTORY,
  BLOCKED_FILE: BLOCKED,
  RESOLVE_HOST: '0',
  BLOCK_TCP: '0',
  BLOCK_UDP: '0',
  KILL_ROUTE: `echo route $TARGET$ $PORT$ $MODE$ >>${COMMANDS}`,
  KILL_HOSTS_DENY: 'ALL: $TARGET$ : DENY',
  KILL_RUN_CMD: `echo command $TARGET$ $PORT$ $MODE$ >>${COMMANDS}`,
  SCAN_TRIGGER: '0',
} as const satisfies Options;

export const BLOCK: Options = { BLOCK_TCP: '1', BLOCK_UDP: '1' };
export const COMMAND: Options = { BLOCK_TCP: '2', BLOCK_UDP: '2' };

/** All options of a case. */
export const optionsOf = ({ options }: Case): Options => ({ ...DEFAULTS, ...options });

/** The portsentry.conf of a case. */
export const configOf = (options: Options): string =>
  Object.entries(options)
    .map(([key, value]) => (value === undefined ? '' : `${key}="${value}"\n`))
    .join('');
