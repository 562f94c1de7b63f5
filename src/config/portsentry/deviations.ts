import { actionsOf, type Policy } from '../policy.ts';

/** Something that the sentry does otherwise than PortSentry, on purpose. */
export type Deviation = {
  readonly id: string;
  /** One sentence: what the sentry does. */
  readonly what: string;
  /** One sentence: what PortSentry does, or what is gained. */
  readonly why: string;
  /** Whether it shows with this policy, which is that of a portsentry.conf. */
  readonly applies: (policy: Policy) => boolean;
};

const is12 = ({ portsentry }: Policy): boolean => portsentry?.style === '1.2';
const is2 = ({ portsentry }: Policy): boolean => portsentry?.style === '2';
const blocks = ({ rules }: Policy): boolean => rules.flatMap(actionsOf).includes('block');
const runs = (policy: Policy): boolean =>
  (blocks(policy) && policy.responses.route !== undefined) ||
  (policy.rules.flatMap(actionsOf).some((action) => action === 'block' || action === 'command') &&
    policy.responses.command !== undefined);
const denies = (policy: Policy): boolean => blocks(policy) && policy.responses.hostsDeny !== undefined;
const watches = ({ monitor }: Policy): boolean => monitor.tcp.size + monitor.udp.size > 0;
const listens = ({ listen }: Policy): boolean => listen.tcp.size + listen.udp.size > 0;
const modesOf = ({ portsentry }: Policy): string[] =>
  [portsentry?.modes.tcp, portsentry?.modes.udp].filter((mode) => mode !== undefined);

/** All of them: `xdpsentry check` says those that apply, docs/portsentry.md every one. */
export const deviations = [
  {
    id: 'blocks-in-xdp',
    what: 'A blocked source is dropped by XDP, whatever it sends, besides what the KILL_ options do.',
    why: 'Route and hosts.deny come after the answer to the scan, and a route still lets packets in.',
    applies: blocks,
  },
  {
    id: 'no-line-for-dropped',
    what: 'What XDP drops is counted and has no line that says "already blocked".',
    why: 'One line a packet is how PortSentry fills a disk.',
    applies: blocks,
  },
  {
    id: 'block-is-told',
    what: 'A line says that the source is blocked via XDP, and one that it no longer is.',
    why: 'PortSentry has no such response, and never takes one back.',
    applies: blocks,
  },
  {
    id: 'guarded',
    what: "This host's addresses, its gateways, its resolvers and loopback are never blocked, whatever the ignore file says, nor is who holds a TCP connection for what may be forged.",
    why: 'A forged packet makes PortSentry cut its host off from its own gateway.',
    applies: blocks,
  },
  {
    id: 'one-interface',
    what: 'The interface of the default route is watched; INTERFACE="eth0 wg0" names others, and INTERFACE="ALL" means all but lo.',
    why: 'XDP sits on an interface; PortSentry sees what comes in by any.',
    applies: watches,
  },
  {
    id: 'before-firewall',
    what: 'Packets are seen before the firewall: a probe that it would drop is a probe.',
    why: 'PortSentry 1.2 sees only what netfilter lets through.',
    applies: (policy) => is12(policy) && watches(policy),
  },
  {
    id: 'ipv6',
    what: 'IPv6 counts like IPv4, and the /64 of a scanner is one source.',
    why: 'PortSentry 1.2 does not see IPv6.',
    applies: is12,
  },
  {
    id: 'ipv6-commands',
    what: 'The KILL_ commands get IPv6 addresses, too.',
    why: 'One that knows IPv4 alone fails for them; XDP blocks all the same.',
    applies: (policy) => is12(policy) && runs(policy),
  },
  {
    id: 'ipv6-source',
    what: 'The /64 of an IPv6 scanner is one source, and blocked as a whole.',
    why: 'Who has one address of it has them all; PortSentry 2 counts each by itself.',
    applies: is2,
  },
  {
    id: 'unicast-only',
    what: 'Packets to broadcast and multicast addresses are no probes, except at ports that are listened at.',
    why: 'PortSentry 1.2 blocks neighbours for their broadcasts.',
    applies: (policy) => is12(policy) && policy.monitor.udp.size > 0,
  },
  {
    id: 'starting-line',
    what: 'The line about the start is "PortSentry (xdpsentry VERSION) is starting".',
    why: 'It says who is starting.',
    applies: is12,
  },
  {
    id: 'absent-options',
    what: 'An option that is absent has its default, and no line says so; `xdpsentry check` does.',
    why: 'PortSentry 1.2 calls it an error, at each start.',
    applies: is12,
  },
  {
    id: 'null-one-blank',
    what: 'A NULL scan is told with one blank before it.',
    why: 'The second one of PortSentry 1.2 was an oversight, and patterns stumble over it.',
    applies: (policy) => is12(policy) && policy.monitor.tcp.size > 0,
  },
  {
    id: 'tiny-fragments',
    what: 'A probe in fragments too small for its header is told as "TCP Fragment scan".',
    why: 'XDP answers the first fragment, and the flags are in the second; PortSentry 1.2 waits until they are put together.',
    applies: (policy) => is12(policy) && policy.monitor.tcp.size > 0,
  },
  {
    id: 'nothing-hidden',
    what: 'Fragmented probes and those behind IPv6 extension headers count.',
    why: 'PortSentry 2 does not see them (nmap -f).',
    applies: (policy) => is2(policy) && watches(policy),
  },
  {
    id: 'unused-right-now',
    what: 'A port is watched whenever no socket has it, even if one had it at the start; its line says "while it is".',
    why: 'PortSentry 1.2 leaves out for good what is in use when it starts.',
    applies: (policy) => is12(policy) && watches(policy),
  },
  {
    id: 'bound-kept',
    what: 'Ports from ADVANCED_PORTS_TCP and ADVANCED_PORTS_UDP on are never watched.',
    why: 'PortSentry 1.2 forgets that bound where nothing is excluded and nothing in use.',
    applies: (policy) => modesOf(policy).some((mode) => mode === 'atcp' || mode === 'audp'),
  },
  {
    id: 'no-service-line',
    what: 'A packet to a port that a socket serves has no line.',
    why: 'PortSentry 2 says of each that a service is running, and opens a socket to find out.',
    applies: (policy) => is2(policy) && watches(policy),
  },
  {
    id: 'right-port',
    what: 'A line about a connection names the port that it came to.',
    why: 'PortSentry 1.2 names another once a port of its list was taken.',
    applies: (policy) => is12(policy) && listens(policy),
  },
  {
    id: 'count-by-source',
    what: 'SCAN_TRIGGER counts each source by itself.',
    why: 'PortSentry 1.2 remembers 50 events of all sources together, so that others push a slow scanner out.',
    applies: (policy) => is12(policy) && policy.rules.some(({ probes }) => probes > 1),
  },
  {
    id: 'any-trigger',
    what: 'SCAN_TRIGGER may be as large as you like.',
    why: 'PortSentry 1.2 answers at once when it is larger than 50, and says so with each probe.',
    applies: (policy) => is12(policy) && policy.rules.some(({ probes }) => probes > 50),
  },
  {
    id: 'one-process',
    what: 'One process watches TCP and UDP.',
    why: 'PortSentry 1.2 needs two, with a count and a memory each.',
    applies: (policy) => is12(policy) && modesOf(policy).length === 2,
  },
  {
    id: 'flood',
    what: 'In a flood lines are held back, and one says how many.',
    why: 'PortSentry loses packets there and does not say so.',
    applies: () => true,
  },
  {
    id: 'commands-beside',
    what: 'Commands run beside the detection, some at one time, and are ended when they take too long.',
    why: 'PortSentry sees nothing while it waits for a command.',
    applies: runs,
  },
  {
    id: 'failures-told',
    what: 'A command that ends with a status other than 0 has a line that says so, with its last words.',
    why: 'PortSentry does not look at the status, and a mistyped path goes unnoticed for years.',
    applies: runs,
  },
  {
    id: 'scan-line-first',
    what: 'The lines about responses come after the Scan line of the probe that led to them.',
    why: 'PortSentry 2 writes that one last, when all commands have ended; here it waits for none.',
    applies: (policy) => is2(policy) && (runs(policy) || denies(policy)),
  },
  {
    id: 'hosts-deny-once',
    what: 'A line stands in hosts.deny once.',
    why: 'PortSentry 1.2 adds it again and again.',
    applies: (policy) => is12(policy) && denies(policy),
  },
  {
    id: 'hosts-deny-brackets',
    what: 'An IPv6 address stands in brackets in hosts.deny.',
    why: 'Without them TCP wrappers do not read it as one.',
    applies: (policy) => is2(policy) && denies(policy),
  },
  {
    id: 'blocked-file-kept',
    what: 'The blocked file is kept over a restart, and its hosts are blocked again.',
    why: 'PortSentry 1.2 empties it and forgets whom it has blocked, while hosts.deny and routes remember.',
    applies: (policy) => is12(policy) && policy.portsentry?.blocked !== undefined,
  },
  {
    id: 'failures-retried',
    what: 'A line that could not get into hosts.deny is tried again by itself, and the source counts as blocked meanwhile.',
    why: 'XDP drops it already: there is no next packet with which PortSentry would try everything anew.',
    applies: denies,
  },
  {
    id: 'whole-address',
    what: 'An address counts as blocked when it stands in the blocked file as a whole.',
    why: 'For PortSentry 1.2 the address 1.9.8.6 is blocked as soon as 11.9.8.6 is.',
    applies: (policy) => is12(policy) && policy.portsentry?.blocked !== undefined,
  },
  {
    id: 'survives-restart',
    what: 'What the blocked file says holds again at the next start, for the rest of its time.',
    why: 'PortSentry 1.2 empties the file; 2 goes on believing it, and blocks nobody for it.',
    applies: (policy) =>
      policy.portsentry?.blocked !== undefined &&
      policy.rules.flatMap(actionsOf).some((action) => action !== 'alert'),
  },
  {
    id: 'history-kept',
    what: 'The history is only ever added to.',
    why: 'PortSentry 2 empties it at each start.',
    applies: (policy) => is2(policy) && policy.portsentry?.history !== undefined,
  },
  {
    id: 'ignore-file',
    what: 'The ignore file is followed while the sentry runs, and may hold IPv6, blanks and comments; /0 is refused.',
    why: 'Either version reads some of it wrong, and 2 only at its start.',
    applies: ({ ignoreFiles }) => ignoreFiles.length > 0,
  },
  {
    id: 'metrics-port',
    what: 'Metrics are served at 127.0.0.1:9731; where that is taken, a line says that there are none.',
    why: 'PortSentry has none. In YAML `metrics.listen` changes it.',
    applies: () => true,
  },
  {
    id: 'full-tables',
    what: 'When 131,072 blocks without end, or 65,536 sources answered without a block, are there, the oldest makes room.',
    why: 'PortSentry grows until memory ends, and who forges addresses can make it.',
    applies: ({ portsentry }) => portsentry !== undefined,
  },
  {
    id: 'exit-code',
    what: 'SIGTERM ends it with exit code 0.',
    why: 'PortSentry 1.2 ends with 15, which supervisors take for a failure.',
    applies: is12,
  },
  {
    id: 'start-is-told',
    what: 'Who starts it in the background learns whether it watches: by message and exit code.',
    why: 'PortSentry 1.2 answers 0 before it has opened a port.',
    applies: is12,
  },
] as const satisfies readonly Deviation[];

export type DeviationId = (typeof deviations)[number]['id'];

/** Those that show with this policy. */
export const deviationsFrom = (policy: Policy): Deviation[] =>
  deviations.filter(({ applies }) => applies(policy));
