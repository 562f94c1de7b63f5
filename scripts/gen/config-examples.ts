/** Complete files for docs/config.md. */
export const configExamples: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: 'Minimal: block scanners',
    text: `
mode: enforce
ignore:
  - 192.0.2.10 # where the administrators come from
`,
  },
  {
    title: 'A careful edge server',
    text: `
mode: enforce
interface: eth0
attach: auto

monitor:
  tcp:
    unused: 1-32767 # all below the ports that Linux hands out for outgoing connections
    except: [113, 8080, "30000-32767"] # ident of mail servers; ports of a load balancer that no rule of nft tells of
  udp:
    unused: [7, 19, 53, 69, 123, 137-139, 161, 389, 1900, 5060, 11211]

probes: drop # a scanner learns nothing, not even from its first probes

ignore:
  - 192.0.2.0/28 # our monitoring and load balancers
  - 2001:db8:10::/48

lists:
  - name: drop # networks of professional spammers and intruders; it changes little
    url: https://www.spamhaus.org/drop/drop_v4.json
    refresh: 12h
  - name: ours
    file: /etc/xdpsentry/blocked.txt

ipv6_source_prefix: 64

rules:
  # A datagram is easily forged: what blocks counts TCP alone.
  # Packets that no real stack sends (maimon is not among them: a closing connection ends with FIN+ACK).
  - name: impossible
    protocol: tcp
    kinds: [null, fin, xmas, odd, fragment]
    distinct_ports: 2
    window: 1h
    block_for: 1h
  - name: scan
    protocol: tcp
    distinct_ports: 4
    window: 60s
    block_for: 10m
  - name: slow-scan
    protocol: tcp
    distinct_ports: 6
    window: 6h
    block_for: 1h
  - name: sweep
    protocol: tcp
    distinct_hosts: 8
    window: 6h
    block_for: 1h
  - name: udp-scan
    kinds: udp
    distinct_ports: 3
    window: 1h
    action: alert
  # Ports that only attackers look for on this host.
  - name: bait
    kinds: syn
    only: { tcp: "23,445,3389" }
    probes: 2
    window: 10m

tables:
  blocks: 2097152
  sources: 131072

metrics:
  listen: "[::1]:9731"

socket: /run/xdpsentry/control.sock

log:
  format: json
  level: info
`,
  },
];
