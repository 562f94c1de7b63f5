/**
 * Every failure that an operator may see: what happened, what to do, and the exit code. docs/errors.md is made
 * from this table.
 */
export const errorCodes = {
  XS_ERR_USAGE: { exit: 2, what: 'The command line is wrong', todo: 'See `xdpsentry help COMMAND`.' },
  XS_ERR_OUTPUT: {
    exit: 1,
    what: 'The file cannot be written',
    todo: 'Name another with --output, or move away what is there.',
  },
  XS_ERR_CONFIG: {
    exit: 2,
    what: 'The configuration is wrong',
    todo: 'Mend the line that the message names; `xdpsentry check -c FILE` looks at it without running anything.',
  },
  XS_ERR_CONFIG_UNSAFE: {
    exit: 2,
    what: 'The configuration has more done than blocks, and others than root may change it',
    todo: 'Do what the message says, as root; or keep it in a directory of root, such as /etc/xdpsentry.',
  },
  XS_ERR_CONFIG_READ: {
    exit: 2,
    what: 'The configuration cannot be read',
    todo: 'Check path and permissions.',
  },
  XS_ERR_RELOAD: {
    exit: 1,
    what: 'The running sentry cannot change that',
    todo: 'Restart it: its program and its blocks go on meanwhile. Until then it goes by the policy that it has.',
  },
  XS_ERR_ADDRESS: {
    exit: 2,
    what: 'That is no address or prefix',
    todo: 'Write it like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64.',
  },
  XS_ERR_GUARDED: {
    exit: 1,
    what: 'The address is guarded and must not be blocked',
    todo: 'What belongs to this host, its gateways and resolvers, loopback, the ignore list or your own SSH login cannot be blocked. A network that is too wide can, with --force: docs/guard.md.',
  },
  XS_ERR_NOT_BLOCKED: {
    exit: 1,
    what: 'There is no such block',
    todo: '`xdpsentry why ADDRESS` says what keeps an address out; `xdpsentry blocks` and `xdpsentry lists` show what can be lifted.',
  },
  XS_ERR_TABLE_FULL: {
    exit: 1,
    what: 'The block table is full',
    todo: 'Raise `tables.blocks` in the configuration, or lift blocks.',
  },
  XS_ERR_LIST: {
    exit: 1,
    what: 'The list is not in force',
    todo: 'Mend what the message names, and try again. A list of that name that was in force before stays so.',
  },
  XS_ERR_NO_LIST: { exit: 1, what: 'There is no such list', todo: 'See `xdpsentry lists`.' },
  XS_ERR_LIST_NAME: {
    exit: 2,
    what: 'The list cannot have that name',
    todo: 'Give it another with --name: a small letter, then up to 31 small letters, digits, - and _.',
  },
  XS_ERR_LIST_STAYS: {
    exit: 1,
    what: 'The list stays in force',
    todo: 'The kernel needs memory for a table without it while the old one is there: free some, and try again.',
  },
  XS_ERR_LISTS_FULL: {
    exit: 1,
    what: 'There is no room for the list',
    todo: 'Let go of lists with `xdpsentry unblock --list NAME`, or put several into one.',
  },
  XS_ERR_NO_HISTORY: {
    exit: 1,
    what: 'There is no history to read',
    todo: 'See `memory.path` in the configuration, and the warnings in the log; `--db PATH` reads a database that no sentry has open.',
  },
  XS_ERR_ROLLED_BACK: {
    exit: 5,
    what: 'Enforcement is rolled back',
    todo: 'Nothing is blocked any more. See docs/confirm.md, look with `xdpsentry history` for who was out and should not have been, and start again, with --confirm.',
  },
  XS_ERR_NOTHING_TO_CONFIRM: {
    exit: 1,
    what: 'There is nothing to confirm',
    todo: '`xdpsentry run --confirm 2m` begins what asks for a confirmation.',
  },
  XS_ERR_NOT_RUNNING: {
    exit: 4,
    what: 'No xdpsentry answers on the control socket',
    todo: 'Start it with `xdpsentry run`, or name its socket with --socket, or its configuration with -c; `xdpsentry detach` takes off what one before has left.',
  },
  XS_ERR_ALREADY_RUNNING: {
    exit: 4,
    what: 'Another xdpsentry answers on the control socket',
    todo: 'Stop it first, or give this one a socket of its own with --socket.',
  },
  XS_ERR_SOCKET: {
    exit: 4,
    what: 'The control socket cannot be used',
    todo: 'Check that the directory exists and that you may write there; the socket belongs to root.',
  },
  XS_ERR_NOT_ALLOWED: {
    exit: 4,
    what: 'The sentry answers root and its own user only',
    todo: 'Ask as root, with `sudo` for example.',
  },
  XS_ERR_NO_INTERFACE: {
    exit: 3,
    what: 'There is no such interface',
    todo: 'See `ip link`, and name one with --interface.',
  },
  XS_ERR_NO_DEFAULT_ROUTE: {
    exit: 3,
    what: 'No interface was named and there is no default route to choose one by',
    todo: 'Name one with --interface.',
  },
  XS_ERR_KERNEL: {
    exit: 3,
    what: 'This kernel cannot run the data plane',
    todo: 'Linux 5.15 or newer is needed, with BPF and XDP.',
  },
  XS_ERR_PERMISSION: {
    exit: 3,
    what: 'The kernel does not allow it',
    todo: 'Run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON.',
  },
  XS_ERR_OTHER_XDP: {
    exit: 3,
    what: 'Another XDP program sits on the interface',
    todo: 'Take it off with the tool that put it there, or choose another interface; xdpsentry never touches it.',
  },
  XS_ERR_DRIVER: {
    exit: 3,
    what: 'The driver does not take the XDP program',
    todo: "Use `attach: generic` (slower, works everywhere), or see the driver's limits on MTU, queues and LRO.",
  },
  XS_ERR_LOAD: {
    exit: 3,
    what: 'The kernel refused the data plane',
    todo: "Please report it with the verifier's words below and `uname -r`.",
  },
  XS_ERR_NOT_BUILT: { exit: 3, what: 'A built part is missing', todo: 'Run `make build`.' },
  XS_ERR_METRICS_ADDRESS: {
    exit: 3,
    what: 'The metrics address cannot be used',
    todo: 'Choose another with `metrics.listen`, or `metrics.listen: off`.',
  },
  XS_ERR_CAPTURE: {
    exit: 3,
    what: 'The capture cannot be read',
    todo: 'Name pcap or pcapng files, as tcpdump, dumpcap and Wireshark write them.',
  },
  XS_ERR_LINK_TYPE: {
    exit: 3,
    what: 'The capture is of a link that is not known here',
    todo: 'Known are Ethernet (1), Linux cooked v1 and v2 (113, 276) and raw IP (12, 14, 101, 228, 229).',
  },
  XS_ERR_INTERNAL: {
    exit: 1,
    what: 'xdpsentry failed',
    todo: 'Please report it with the message and `xdpsentry --version`.',
  },
} as const satisfies Record<string, { exit: number; what: string; todo: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** A failure with a stable code. `detail` says what it was this time; `cause` keeps the original. */
export class SentryError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown }) {
    super(`${errorCodes[code].what}: ${detail}`, options);
    this.name = 'SentryError';
    this.code = code;
    this.detail = detail;
  }

  get exitCode(): number {
    return errorCodes[this.code].exit;
  }

  get todo(): string {
    return errorCodes[this.code].todo;
  }
}

/** Any thrown thing as a SentryError. */
export function toSentryError(error: unknown): SentryError {
  if (error instanceof SentryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SentryError('XS_ERR_INTERNAL', message, { cause: error });
}
