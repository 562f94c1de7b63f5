/** A sentence for each `reason` of a packet, in the words of an operator; bpf/wire.h has them for programmers. */
export const packetReasons: Readonly<Record<string, string>> = {
  not_ip: 'Neither IPv4 nor IPv6: ARP, for instance.',
  truncated: 'It ends before the header that it announces.',
  bad_header: 'A header that cannot be: a wrong version, a length that is too small.',
  vlan_depth: 'More than 64 VLAN tags: what is inside is not read.',
  ext_headers: 'More IPv6 extension headers than are followed (64).',
  fragment: 'A later fragment: it has no ports.',
  other_protocol: 'Neither TCP nor UDP: ICMP, for instance.',
  not_unicast: 'To a multicast or broadcast address.',
  not_monitored: 'To a port that the configuration does not watch.',
  reply: "A SYN-ACK or RST: an answer, or what comes back from somebody's forgery.",
  ephemeral: "Could be a late answer to a connection of this host's own.",
  in_use: 'A local socket serves the port, or it is forwarded.',
  forwarded: 'To another host, which this one routes to.',
  ignored: 'Would be a probe, but its source is on the ignore list.',
  probe: 'A probe; dropped with `probes: drop`.',
  other_host: 'The frame was sent to another station: a bridge, a mirror port, promiscuous mode.',
  rolled_back:
    'Its source is blocked or listed, or it is a probe that would be swallowed; but enforcement has rolled itself back, because nobody confirmed it in time (confirm.md). Blocks and lists count it all the same.',
  blocked: 'The source is blocked.',
  listed: 'The source is on a list in force.',
};

/** The same for what was lost, and what to do about it where something can be done. */
export const lossReasons: Readonly<Record<string, string>> = {
  ring_full:
    'An event found no room in the ring buffer: the controller does not keep up. Packets are counted and blocked all the same.',
  source_budget: 'An event was held back: its source has had its share of this second. Usual in a scan.',
  global_budget:
    'An event was held back: all sources together have had their share of this second. Usual in a flood.',
  source_table_full: 'A probe was counted, and there was no room for its source: raise `tables.sources`.',
  block_table_full: 'A block of a rule found no room: raise `tables.blocks`.',
  new_source:
    'A probe of a flood was counted, and its source has to come again before rules see it (floods.md).',
  undecoded: 'An event that the controller could not read: please report it.',
  own_address_table_full:
    'An own or ignored address found no room in the kernel, and is not spared there: shorten the ignore list.',
  source_forgotten:
    'The rules forgot a source for want of room, and count it from the beginning: raise `tables.sources`.',
  network_forgotten:
    'Rules about networks forgot a source for want of room, with its neighbours: raise `tables.sources`.',
  decoy_forgotten:
    'A source among decoys, or a probe that copies might have come of, was forgotten for want of room: it is judged as if it were alone.',
  trail_forgotten:
    'What a source had touched, several targets, was forgotten for want of room: its scan begins anew. Raise `tables.sources`.',
  probation_forgotten:
    'A source that had touched one target, or had only pinged, was forgotten for want of room. Usual in a flood of forged sources, and whoever has touched two targets is not affected (memory.md).',
  mark_forgotten:
    'A source that was answered without a block was forgotten for want of room: it may be answered again.',
  answer_refused: 'A response was not run, because too many wait: see `responses.concurrency`.',
  name_refused: 'The name of a source was not looked up, because too many wait.',
  log_line: 'A log line could not be written.',
  file_line: 'A line of the history or blocked file could not be written.',
  memory_row: 'A row of the history could not be written, and there was no room for it to wait.',
  trail_row:
    'What a source has touched last could not be written to the memory: a restart may let its scan begin anew.',
  regular_forgotten:
    'A peer that comes again and again, or might, made room among those who are guarded for it; it was away longest.',
  offender_forgotten:
    'Who was blocked for the longest time ago was forgotten to make room for another offender.',
  connected_table_full:
    'The kernel had no memory for a peer with a TCP connection: its rules may block it, and the controller lets it go again.',
  connection_unguarded: 'A peer with a TCP connection found no room among those that the kernel spares.',
};

/** The table of the reasons that there are. Throws when one has no sentence, or a sentence no reason. */
export function reasonsTable(
  reasons: ReadonlySet<string>,
  meanings: Readonly<Record<string, string>>,
): string {
  const told = new Set(Object.keys(meanings));
  const odd = [...reasons, ...told].filter((reason) => !(reasons.has(reason) && told.has(reason)));
  if (odd.length > 0) throw new Error(`scripts/gen/reasons.ts: ${odd.join(', ')}`);
  const rows = [...reasons].map((reason) => `| \`${reason}\` | ${meanings[reason]} |`);
  return ['| reason | what it means |', '| --- | --- |', ...rows].join('\n');
}
