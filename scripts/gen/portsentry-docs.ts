/** Writes docs/portsentry.md: the migration guide, with its tables from the code. */
import { parsePolicy } from '../../src/config/load.ts';
import { deviations } from '../../src/config/portsentry/deviations.ts';
import { optionKeys, options } from '../../src/config/portsentry/options.ts';
import { features } from './portsentry/features.ts';
import { optionRows } from './portsentry/options.ts';
import { writeIfChanged } from './write.ts';

/** A configuration in which everything shows that can show. */
const EVERYTHING = `
TCP_PORTS="1,11"
UDP_PORTS="7,9"
IGNORE_FILE="/etc/portsentry/portsentry.ignore"
HISTORY_FILE="/var/lib/portsentry/portsentry.history"
BLOCKED_FILE="/var/lib/portsentry/portsentry.blocked"
BLOCK_TCP="1"
BLOCK_UDP="1"
KILL_ROUTE="/sbin/route add -host $TARGET$ reject"
KILL_HOSTS_DENY="ALL: $TARGET$"
KILL_RUN_CMD="/bin/true"
SCAN_TRIGGER="99"
`;
const policies = {
  '1.2': [
    parsePolicy(EVERYTHING, 'sample', { modes: { tcp: 'atcp', udp: 'audp' } }),
    parsePolicy(EVERYTHING, 'sample', { modes: { tcp: 'tcp', udp: 'udp' } }),
  ],
  '2': [
    parsePolicy(EVERYTHING, 'sample', { modes: { tcp: 'stealth', udp: 'stealth' } }),
    parsePolicy(EVERYTHING, 'sample', { modes: { tcp: 'connect', udp: 'connect' } }),
  ],
} as const;

const versionsOf = ({ applies }: (typeof deviations)[number]): string =>
  (['1.2', '2'] as const)
    .filter((style) => policies[style].some(applies))
    .map((style) => (style === '2' ? '2.x' : style))
    .join(', ');

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const deviationRows = deviations.map((deviation) => {
  const { id, what, why } = deviation;
  const versions = versionsOf(deviation);
  if (versions === '') throw new Error(`deviation ${id} shows with neither version`);
  return [`\`${id}\``, versions, what, why].map((cell) => cell.replaceAll('|', '\\|'));
});
const versionWords = (key: (typeof optionKeys)[number]): string =>
  optionRows[key].isOurs
    ? 'xdpsentry'
    : options[key].map((style) => (style === '2' ? '2.x' : style)).join(', ');

writeIfChanged(
  new URL('../../docs/portsentry.md', import.meta.url),
  `# Coming from PortSentry

Your \`portsentry.conf\` works as it is, that of 1.2 and that of 2.x. So do your ignore file, your scripts that get \`$TARGET$\`,
fail2ban on the history file, and a grep for \`attackalert\` in syslog. This page says what stays, what is better and what differs.
Its tables are made from the code by \`make gen\`; what is said of 1.2 is compared with Debian's PortSentry 1.2, scan by scan, in
\`test/lab/portsentry-*.test.ts\`.

## In five minutes

\`\`\`
scripts/xdpsentry check -c /etc/portsentry/portsentry.conf     # what it makes the sentry do, line by line what is wrong, what differs
/etc/init.d/portsentry stop                                    # the old one
scripts/portsentry -atcp                                       # as PortSentry 1.2: in the background, logging to syslog
scripts/portsentry -audp                                       # joins it: one process, both modes
scripts/xdpsentry blocks                                       # who is out, since when, why
scripts/xdpsentry unblock 198.51.100.7                         # the hosts.deny line and the line in the blocked file go, too
scripts/xdpsentry stop                                         # the end of it; blocks come back with the next start
\`\`\`

Then take the old one away (\`apt-get remove portsentry\` leaves its configuration), or it starts again with the machine.

**Before you set BLOCK to 1**, look into the blocked files (\`BLOCKED_FILE.atcp\`, …). PortSentry puts sources there with BLOCK at 0, too, and
what stands there is in force again at the next start, with what BLOCK says then. Empty them to start afresh.

**Init scripts and units.** Anything that runs \`portsentry -atcp\` starts it. To stop it, an init script must use \`xdpsentry stop\` or
\`pidof portsentry\`: Debian's own looks for a process whose program file is /usr/sbin/portsentry, and finds none, since the program is
Node.js. Start both modes with one unit; a second start takes over from the first, with its modes and the new configuration:

\`\`\`
[Service]
Type=simple
ExecStart=/usr/local/sbin/portsentry -atcp -audp --foreground -l syslog
Restart=on-failure
\`\`\`

SIGTERM, which units and init scripts send, ends the process and leaves its XDP program on the interface: who is blocked stays out until the
next start takes over, as hosts.deny and routes stay with PortSentry. \`xdpsentry detach\` takes the program off; a unit that is to let
everybody in when it is stopped has that as \`ExecStopPost=\`.

As PortSentry 2: \`scripts/portsentry --stealth\` or \`--connect\`, with \`-c\`, \`-i\`, \`-l\`, \`-D\`, \`-d\`, \`-v\`; it stays in the foreground
unless told \`-D\`. As xdpsentry: \`scripts/xdpsentry run -c portsentry.conf\`. Without modes on the command line those of
\`/etc/default/portsentry\` count.

Which version a file is for is told by its content: \`ADVANCED_…\` is 1.2, a port range is 2.x; \`check\` says what it took it for and why.

\`scripts/xdpsentry migrate -c portsentry.conf -o xdpsentry.yaml\` writes the same policy as YAML, where all the rest of xdpsentry is at hand:
rules with distinct ports and windows, several of them, limits, metrics.

## What stays

* **Modes.** tcp and udp bind their ports, complete the handshake and send PORT_BANNER. stcp and sudp watch the listed ports,
  atcp and audp every port below the bound but the excluded ones, while no socket has them. stealth and connect as in 2.x.
* **What is a probe.** TCP without ACK and RST to a watched port, any datagram; never what goes to a port that is served.
* **SCAN_TRIGGER, BLOCK_TCP, BLOCK_UDP, the KILL_ options**, their order, their tokens. Exit codes do not count.
* **Lines.** The very lines of 1.2 to syslog (ident portsentry, daemon.notice), or the \`Scan from:\` line of 2.x.
* **Files.** History and blocked file to the byte: 1.2's text, 2.x's binary blocked file. fail2ban's own filter matches.
* **Ignore file**, edits live, and Debian's \`.ignore.static\`.
* **Nothing is blocked unless the file says so.**

## What is better

* With BLOCK at 1 and SCAN_TRIGGER at 0 or 1 the kernel blocks in the very packet that triggers. Whatever else is configured runs after that.
* Blocks can end by themselves (\`BLOCK_TIME="10m"\`), and ending takes back what was done: the hosts.deny line, the line of the blocked file,
  and by \`KILL_ROUTE_UNDO="/sbin/route del -host $TARGET$ reject"\` and \`KILL_RUN_CMD_UNDO\` the rest. Without them routes and firewall rules
  stay, as PortSentry left them; \`check\` and \`unblock\` say so. A hosts.deny line that stood there before the block stays (after a restart nobody knows that any more, and it goes).
* After a restart the hosts of the blocked file are blocked again, before the interface is watched. Who is on the ignore list by then is let in.
* A command that runs for minutes delays nothing. Four run at one time, each for ten minutes at most (\`responses\` in YAML); 10,000 sources may
  wait for theirs. With BLOCK at 2 a source that finds the queue full is not answered, and its next probe tries again.
* IPv6, fragments, VLAN tags; a flood is summed up and counted; metrics.

## What differs, and why

${table(['name', 'from', 'here', 'because'], deviationRows)}

## Options

Keys are read as in both versions: \`KEY="value"\` or \`KEY = "value"\`, \`#\` for comments. What is wrong is told with its line and with
what was done about it, and the rest of the file counts: unknown keys, duplicates (the first counts in 1.2, the last in 2.x), bad ports, missing quotes.
Those known to xdpsentry alone may stand in a file that PortSentry 1.2 reads, too: it passes over keys that it does not know.

${table(
  ['option', 'known to', 'here', 'in YAML'],
  optionKeys.map((key) => [`\`${key}\``, versionWords(key), optionRows[key].meaning, optionRows[key].yaml]),
)}

\`$TARGET$\` is an address, \`$PORT$\` a number, \`$MODE$\` the name of a mode; nothing else can get into a command.

## Features

${table(['feature', 'PortSentry 1.2', 'PortSentry 2.x', 'xdpsentry'], features)}
`,
);
