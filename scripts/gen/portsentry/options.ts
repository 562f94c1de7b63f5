import type { OptionKey } from '../../../src/config/portsentry/options.ts';

type Row = {
  readonly meaning: string;
  readonly yaml: string /** PortSentry does not know it. */;
  readonly isOurs?: true;
};

/** What each option of a portsentry.conf does here, and where it is in the YAML file. */
export const optionRows: Readonly<Record<OptionKey, Row>> = {
  TCP_PORTS: {
    meaning: 'Ports of the modes tcp, stcp, stealth, connect. Ranges in both dialects, no limit of 64.',
    yaml: '`listen.tcp` or `monitor.tcp.unused`',
  },
  UDP_PORTS: {
    meaning: 'The same for udp, sudp, stealth, connect.',
    yaml: '`listen.udp` or `monitor.udp.unused`',
  },
  ADVANCED_PORTS_TCP: { meaning: 'atcp watches every port below it.', yaml: '`monitor.tcp.unused`' },
  ADVANCED_PORTS_UDP: { meaning: 'audp watches every port below it.', yaml: '`monitor.udp.unused`' },
  ADVANCED_EXCLUDE_TCP: { meaning: 'Ports that atcp leaves out.', yaml: '`monitor.tcp.except`' },
  ADVANCED_EXCLUDE_UDP: { meaning: 'Ports that audp leaves out.', yaml: '`monitor.udp.except`' },
  IGNORE_FILE: {
    meaning:
      "Sources that are never counted and never blocked; Debian's `.static` beside it, too. Edits count at once.",
    yaml: '`ignore_files`',
  },
  HISTORY_FILE: { meaning: 'Only ever added to.', yaml: '`portsentry.history`' },
  BLOCKED_FILE: {
    meaning: 'Who is answered; read again at the next start. A line taken out by hand lifts the block.',
    yaml: '`portsentry.blocked`',
  },
  RESOLVE_HOST: {
    meaning: 'Names in lines and files. Looked up beside the detection: no block waits for it.',
    yaml: '`portsentry.resolve_host`',
  },
  BLOCK_TCP: {
    meaning:
      '0: log (1.2 also puts the source on record). 1: XDP drops the source, then the KILL_ options run. 2: KILL_RUN_CMD alone.',
    yaml: '`rules[].action`: `record` or `alert`, `block`, `command`',
  },
  BLOCK_UDP: { meaning: 'The same for UDP.', yaml: '`rules[].action`' },
  KILL_ROUTE: { meaning: 'A command of /bin/sh.', yaml: '`responses.route.run`' },
  KILL_HOSTS_DENY: {
    meaning: 'A line for /etc/hosts.deny: written once, taken out when the block ends.',
    yaml: '`responses.hosts_deny.entry`',
  },
  KILL_RUN_CMD: {
    meaning:
      'A command of /bin/sh. Four at one time, for ten minutes at most; others wait, and nothing waits for them.',
    yaml: '`responses.command.run`',
  },
  KILL_RUN_CMD_FIRST: { meaning: '1: before hosts.deny and route.', yaml: '`responses.command.first`' },
  SCAN_TRIGGER: {
    meaning: '0 and 1: the first probe decides. N: the Nth of that source, whatever port, whenever.',
    yaml: '`rules[].probes`',
  },
  PORT_BANNER: { meaning: 'Said at listened ports, as it is.', yaml: '`listen.banner`' },
  KILL_ROUTE_UNDO: { meaning: 'Runs when the block ends.', yaml: '`responses.route.undo`', isOurs: true },
  KILL_RUN_CMD_UNDO: { meaning: 'Runs when the block ends.', yaml: '`responses.command.undo`', isOurs: true },
  BLOCK_TIME: {
    meaning: 'How long a block lasts, like `10m` or `7d`. Without it: until it is lifted, as in PortSentry.',
    yaml: '`rules[].block_for`',
    isOurs: true,
  },
  INTERFACE: {
    meaning: 'The interface. Without it: that of the default route.',
    yaml: '`interface`',
    isOurs: true,
  },
};
