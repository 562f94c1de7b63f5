import type { Capture } from '../capture/open.ts';
import type { Policy } from '../config/policy.ts';
import type { Transport } from '../detect/probe.ts';
import type { Replayed } from '../replay/replay.ts';
import { formatDuration, NS_PER_MS, NS_PER_SECOND } from '../values/duration.ts';
import type { PortSet } from '../values/ports.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';

/** What is taken for granted of the hosts, because somebody says so. */
export type Assumed = {
  readonly protect?: readonly Prefix[] | 'each';
  readonly served?: Readonly<Record<Transport, PortSet>>;
};

/** What whoever reads the answer should know of how it came about. */
export function remarksOn(
  replayed: Replayed,
  captures: readonly Capture[],
  { lists }: Policy,
  { protect, served }: Assumed,
): string[] {
  const { protected: networks, isGuessed, resolvers, problems, clock, tooShort } = replayed;
  const guess = isGuessed
    ? `the capture looks like one of ${networks!.map(formatPrefix).join(' and ')}, so what went there is judged; --protect says otherwise`
    : 'no host stands out in the capture, so what went to any address is judged, each as a host of its own; --protect says otherwise';
  return [
    ...(protect === undefined ? [guess] : protect === 'each' ? [] : protectWords(replayed)),
    ...(served ? [`served: tcp ${String(served.tcp) || 'none'}; udp ${String(served.udp) || 'none'}`] : []),
    ...problems,
    ...(resolvers.length > 0
      ? [`never blocked, for they look names up for the host: ${resolvers.map(formatPrefix).join(', ')}`]
      : []),
    ...(lists.length > 0 ? ['the block lists of the policy are not asked'] : []),
    ...captures.flatMap(({ path, damage }) =>
      damage === undefined ? [] : `${path} is read as far as it goes: ${damage}`,
    ),
    ...captures.flatMap(({ path, leftOut }) =>
      leftOut === 0 ? [] : `${path}: frames left out, of links that are not known here: ${leftOut}`,
    ),
    ...(tooShort > 0 ? [`frames left out, shorter than an Ethernet header: ${tooShort}`] : []),
    ...orderWords(clock),
  ];
}

/** Of packets that were caught at the same time by several CPUs some are always out of order, by less than that; it is of no account. */
const SLIGHT_NS = NS_PER_SECOND;

function orderWords({ setBack, mostBackNs }: Pick<Replayed['clock'], 'setBack' | 'mostBackNs'>): string[] {
  if (setBack === 0) return [];
  const words = `frames that claim to be older than the one before: ${setBack}; they are taken to have come when that did`;
  if (mostBackNs < SLIGHT_NS) return [words];
  return [
    `${words}, up to ${formatDuration(mostBackNs / NS_PER_MS)} later, so neither times nor the windows of rules can be relied on: put the frames in order first, with \`reordercap IN OUT\`, or those of several captures with \`mergecap -w OUT IN...\` (both come with Wireshark)`,
  ];
}

/** Whether the networks that somebody has named fit the capture. */
function protectWords({ toHosts, betweenHosts }: Pick<Replayed, 'toHosts' | 'betweenHosts'>): string[] {
  if (toHosts === 0)
    return ['no frame goes to a protected host: --protect names none that is in the capture'];
  if (betweenHosts === 0) return [];
  return [
    `frames between protected hosts, which are not judged: ${betweenHosts}; to find who scans from among them, leave him out of --protect`,
  ];
}
