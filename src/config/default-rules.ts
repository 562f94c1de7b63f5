import type { RuleText } from './rule-schema.ts';

/** A rule as it stands in a file, and why it is what it is; docs/config.md repeats both. */
type DefaultRule = { readonly rule: RuleText; readonly why: string };

/**
 * What a file without `rules` gets. The thresholds are reasoned, not fitted to captures: a probe is already a packet
 * to a port that nothing serves, so each one is a failure of the kind that the published detectors count.
 */
export const defaultRules: readonly DefaultRule[] = [
  {
    rule: {
      name: 'scan',
      kinds: 'any',
      distinct_ports: 4,
      window: '60s',
      action: 'block',
      block_for: '10m',
    },
    why:
      'Four straight failures are what threshold random walk needs to tell a scanner from a client (Jung et al., ' +
      'IEEE S&P 2004: success rates 0.2 and 0.8, 99 % detection, 1 % false alarms). Distinct ports, because a ' +
      'client that repeats one wrong port is mistaken and not scanning. A stopped web server explains two (80, 443). ' +
      '60 s (as in the low setting of Snort) still holds four probes of `nmap -T1`, which waits 15 s between ' +
      'them. 10 minutes, because a SYN or a datagram proves nothing about who sent it: whoever ' +
      'is blocked for the forgery of another is soon let in again, and a scanner that goes on is soon blocked again.',
  },
  {
    rule: {
      name: 'stealth',
      kinds: ['null', 'fin', 'xmas', 'odd', 'odd_reply'],
      distinct_ports: 2,
      window: '10m',
      action: 'block',
      block_for: '10m',
    },
    why:
      'No connection sends such a packet at any time, so one could decide; two, because one bit may fall over on the ' +
      'way, and of two ports, because a connection with a broken end may send several to its own.' +
      '  Maimon (FIN+ACK) is not among them, since it has an innocent reading: a client that closes its ' +
      'connections to services that have meanwhile stopped. Nor are short first fragments, which a broken device on the way may make. The rule scan counts both. ' +
      '10 minutes, because these packets are too rare to add up by chance and ' +
      'stealth scans are often slow ones (`nmap -T0` waits 5 minutes).',
  },
  {
    rule: {
      name: 'slow-scan',
      kinds: 'any',
      distinct_ports: 6,
      window: '6h',
      action: 'block',
      block_for: '10m',
    },
    why:
      'One probe an hour reaches six ports in five hours, so six hours see it; psad and Slips forget after one hour, ' +
      'Zeek after five minutes. Six and not four, because in six hours more can go wrong innocently; most sources ' +
      'of the background noise on the Internet try one port or two.',
  },
  {
    rule: {
      name: 'patient-scan',
      kinds: 'any',
      distinct_ports: 7,
      window: '48h',
      action: 'block',
      block_for: '10m',
    },
    why:
      'Whoever tries one port in six hours has tried the seventh after 36, and 48 see it although one or two may be lost on the way. Seven, one more than ' +
      'above, because in two days still more can go wrong innocently; no client looks for seven services that are not there. What counts is in the database of ' +
      'the memory as well, so that neither a restart nor a reboot lets such a scan begin anew.',
  },
  {
    rule: {
      name: 'sweep',
      kinds: 'any',
      distinct_hosts: 8,
      window: '6h',
      action: 'block',
      block_for: '10m',
    },
    why:
      'Of a host with many addresses: whoever tries one port at each of them is looking for a service, and the rules ' +
      'above, which count ports, never see that. Eight, because a name rarely has more addresses than that, and a client whose service has stopped tries ' +
      'all that its name has; a scanner goes on. Six hours, as above: slow sweeps of the Internet come back to a network a few times an hour.',
  },
  {
    rule: {
      name: 'ping-sweep',
      kinds: ['ping'],
      distinct_hosts: 8,
      window: '6h',
      action: 'alert',
      block_for: '10m',
    },
    why:
      'Whoever pings eight addresses of this host is looking which of them are there; it goes before a scan. Only an alert: a ' +
      'monitor does the same, and belongs on the ignore list. Eight and six hours, as above.',
  },
  {
    rule: {
      name: 'tool',
      kinds: 'any',
      tools: 'any',
      distinct_targets: 2,
      window: '24h',
      action: 'block',
      block_for: '10m',
    },
    why:
      'A mark that a scanner leaves in its headers (docs/tools.md) is in the packet of another by chance in one of 10,000 at most, of most tools in one of 65,536, and so is no proof ' +
      'for a host that hears tens of thousands of probes a day; two of them, to two targets and in the few packets of one source, are. Two, because whoever has a tool sends more, ' +
      'and an hour or a day later as well: the scanners of the whole Internet come to one host with a packet now and then. 10 minutes, because marks can be forged as addresses can.',
  },
  {
    rule: {
      name: 'distributed',
      per: 'network',
      kinds: 'any',
      distinct_ports: 5,
      distinct_sources: 2,
      window: '6h',
      action: 'alert',
    },
    why:
      'Who spreads a scan over many addresses rents them by the network: a /24 of IPv4, a /48 of IPv6, is the least that is routed on the ' +
      'Internet, and so has one holder. Each of its sources stays below the rules above. Five ports, because two stray sources that ' +
      'are mistaken about two ports each make four. Of these five, three at least must be left without whoever tried the most: ' +
      'a source that tries many by itself is the business of the rules above, and its neighbours are not made scanners by it. ' +
      'It only alerts: nobody is blocked for what his neighbour does, unless you write `action: block`. Private networks are left out, ' +
      'for neighbours there have nothing in common.',
  },
];
