import type { Style } from './modes.ts';

const both: readonly Style[] = ['1.2', '2'];
const only12: readonly Style[] = ['1.2'];

/** Every option that a portsentry.conf may have, and the versions that know it; xdpsentry adds its own to both. */
export const options = {
  TCP_PORTS: both,
  UDP_PORTS: both,
  ADVANCED_PORTS_TCP: only12,
  ADVANCED_PORTS_UDP: only12,
  ADVANCED_EXCLUDE_TCP: only12,
  ADVANCED_EXCLUDE_UDP: only12,
  IGNORE_FILE: both,
  HISTORY_FILE: both,
  BLOCKED_FILE: both,
  RESOLVE_HOST: both,
  BLOCK_TCP: both,
  BLOCK_UDP: both,
  KILL_ROUTE: both,
  KILL_HOSTS_DENY: both,
  KILL_RUN_CMD: both,
  KILL_RUN_CMD_FIRST: both,
  SCAN_TRIGGER: both,
  PORT_BANNER: both,
  // Ours. PortSentry 1.2 passes over keys that it does not know, so a file with these still works there.
  KILL_ROUTE_UNDO: both,
  KILL_RUN_CMD_UNDO: both,
  BLOCK_TIME: both,
  INTERFACE: both,
} as const satisfies Record<string, readonly Style[]>;

export type OptionKey = keyof typeof options;

export const optionKeys = Object.keys(options) as readonly OptionKey[];

export const isOption = (key: string): key is OptionKey => Object.hasOwn(options, key);
