/** Who scans the whole Internet and says so: networks from which, and domains in which the names of such addresses are. */
export type KnownScanner = {
  readonly name: string;
  readonly networks: readonly string[];
  readonly domains: readonly string[];
  /** Where they say so, or who keeps the list. */
  readonly source: string;
};

/** When the sources were read. Such lists age: networks come, go, and are given to others. */
export const KNOWN_AS_OF = '2026-10-14';

const WARNING_LISTS = 'MISP/misp-warninglists, lists/';

/**
 * Only networks of their own, and addresses that they have kept for years: what was rented in a cloud belongs to somebody else next month. Names
 * are asked for with `research.resolve`, and believed when they lead back to the address.
 */
export const knownScanners: readonly KnownScanner[] = [
  {
    name: 'Alpha Strike Labs',
    networks: ['45.83.64.0/22', '194.187.176.0/22', '2a0e:7b84::/30'],
    domains: ['alphastrike.io'],
    source: `${WARNING_LISTS}alphastrike-scanning (AS208843)`,
  },
  {
    name: 'Censys',
    networks: [
      ...['66.132.148.0/24', '66.132.153.0/24', '66.132.159.0/24', '66.132.172.0/24', '66.132.186.0/24'],
      ...['66.132.195.0/24', '66.132.198.0/24', '66.132.224.0/24', '66.132.228.0/24', '162.142.125.0/24'],
      ...['167.94.138.0/24', '167.94.145.0/24', '167.94.146.0/24', '167.248.133.0/24', '199.45.154.0/23'],
      ...['206.168.32.0/22', '2602:80d:1000::/48', '2602:80d:1003::/112', '2602:80d:1004::/112'],
      ...['2602:80d:1006::/47', '2602:80d:1008::/47', '2602:80d:100a::/48', '2620:96:e000::/48'],
    ],
    domains: ['censys-scanner.com'],
    source: `docs.censys.com, "Opt out of data collection", as in ${WARNING_LISTS}censys-scanning`,
  },
  {
    name: 'Driftnet',
    networks: [
      '87.236.176.0/24',
      '185.247.137.0/24',
      '193.163.125.0/24',
      '195.96.139.0/24',
      '2a06:4880::/29',
    ],
    domains: ['internet-measurement.com'],
    source: `internet-measurement.com, as in ${WARNING_LISTS}driftnet`,
  },
  {
    name: 'Internet Measurement Research',
    networks: [
      ...['64.94.153.0/24', '64.94.156.0/24', '64.94.159.0/24', '64.95.9.0/24', '64.95.14.0/24'],
      ...[
        '209.188.108.0/24',
        '209.237.154.0/24',
        '2620:96:a000::/46',
        '2620:96:a004::/47',
        '2620:96:a006::/48',
      ],
    ],
    domains: ['internetmeasurementresearch.com'],
    source: `internetmeasurementresearch.com, as in ${WARNING_LISTS}internetmeasurementresearch-scanning`,
  },
  {
    name: 'Rapid7',
    networks: [
      ...['5.63.151.96/27', '71.6.233.0/24', '88.202.190.128/27', '109.123.117.224/27', '146.185.25.160/27'],
      ...['2607:ff10:c5:522::/64', '2a02:2498:e004:23::/64'],
    ],
    domains: ['sonar.labs.rapid7.com'],
    source: `Project Sonar, as in ${WARNING_LISTS}rapid7-scanning`,
  },
  {
    name: 'Shadowserver',
    networks: [
      ...['64.62.156.0/24', '64.62.197.0/24', '65.49.1.0/24', '65.49.20.64/26', '74.82.47.0/26'],
      ...['184.105.139.64/26', '184.105.247.192/26', '216.218.206.64/26', '2001:470:1:332::/64'],
      ...['2001:470:1:c84::/64', '2001:470:1:fb5::/64', '2001:470:2cc::/48'],
    ],
    domains: ['shadowserver.org'],
    source: `${WARNING_LISTS}shadowserver, and shadowserver-nt-scanning as seen by CIRCL's network telescope`,
  },
  {
    name: 'Shodan',
    networks: [
      ...[
        '66.240.192.138',
        '66.240.205.34',
        '66.240.219.146',
        '66.240.236.119',
        '71.6.135.131',
        '71.6.146.130',
      ],
      ...['71.6.146.185', '71.6.146.186', '71.6.147.254', '71.6.158.166', '71.6.165.200', '71.6.167.142'],
      ...['71.6.199.23', '80.82.77.33', '80.82.77.139', '86.54.31.32/28', '89.248.167.131', '89.248.172.16'],
      ...['93.174.95.106', '94.102.49.193', '207.90.244.0/24', '216.117.2.176/28'],
    ],
    domains: ['shodan.io'],
    source: `${WARNING_LISTS}shodan-scanning, and shodan-nt-scanning as seen by CIRCL's network telescope`,
  },
];
