// Generated from bpf/wire.h and bpf/config.h by `make gen`; a change there changes this.

/** enum xs_outcome */
export const outcome = {
  PASS_NOT_IP: 1,
  PASS_TRUNCATED: 2,
  PASS_BAD_HEADER: 3,
  PASS_VLAN_DEPTH: 4,
  PASS_EXT_HEADERS: 5,
  PASS_FRAGMENT: 6,
  PASS_OTHER_PROTOCOL: 7,
  PASS_NOT_UNICAST: 8,
  PASS_NOT_MONITORED: 9,
  PASS_REPLY: 10,
  PASS_EPHEMERAL: 11,
  PASS_IN_USE: 12,
  PASS_FORWARDED: 13,
  PASS_IGNORED: 14,
  PASS_PROBE: 15,
  PASS_OTHER_HOST: 16,
  PASS_ROLLED_BACK: 17,
  DROP_BLOCKED: 24,
  DROP_PROBE: 25,
  DROP_LISTED: 26,
  MAX: 32,
} as const;

/** enum xs_kind */
export const kind = {
  SYN: 1,
  FIN: 2,
  NULL: 3,
  XMAS: 4,
  MAIMON: 5,
  ACK: 6,
  ODD: 7,
  UDP: 8,
  FRAGMENT: 9,
  ODD_REPLY: 10,
  SCTP: 11,
  PROTOCOL: 12,
  PING: 13,
  MAX: 16,
} as const;

/** enum xs_proto */
export const proto = {
  TCP: 0,
  UDP: 1,
  SCTP: 2,
  ICMP: 3,
  IP: 4,
  MAX: 5,
} as const;

/** enum xs_origin */
export const origin = {
  LOCAL: 1,
  OPERATOR: 2,
  MAX: 8,
} as const;

/** enum xs_lost */
export const lost = {
  RING_FULL: 1,
  SOURCE_BUDGET: 2,
  GLOBAL_BUDGET: 3,
  SOURCE_TABLE_FULL: 4,
  BLOCK_TABLE_FULL: 5,
  NEW_SOURCE: 6,
  MAX: 8,
} as const;

/** enum xs_wire */
export const wire = {
  VERSION: 5,
  BLOCKS_VERSION: 1,
  FAMILY_IPV4: 4,
  FAMILY_IPV6: 6,
  FAMILY_BITS: 32,
  PORTS_PER_WORD: 64,
  PORT_WORDS: 1024,
  MAX_LENGTHS: 132,
} as const;

/** enum xs_filter_key */
export const filterKey = {
  HASH_1: -1640531535,
  HASH_2: -2048144789,
  HASH_3: -1028477387,
  HASH_4: 668265263,
  HASH_5: 374761393,
  TAG_IPV6: 256,
  TAG_VICINITY: 1024,
  TAG_PLACE: 1025,
  TAG_PRINT: 1026,
  HOST_BITS4: 32,
  HOST_BITS6: 64,
  VICINITY_BITS: 16,
  VICINITY_WORDS: 1024,
} as const;

/** enum xs_hot_bounds */
export const hotBounds = {
  HOT_MAX: 256,
} as const;

/** enum xs_front */
export const front = {
  SERVING: 0,
  FILLING: 1,
  MAX: 2,
} as const;

/** enum xs_lengths_of */
export const lengthsOf = {
  NETWORKS4: 0,
  HOSTS4: 1,
  NETWORKS6: 2,
  HOSTS6: 3,
  MAX: 4,
} as const;

/** enum xs_list_layout */
export const listLayout = {
  LINE_WORDS: 8,
  LINE_SPILLED: 63,
  LIST_HEAD: 0,
  LIST_PLACE: 1,
  LISTED4_A_LINE: 8,
  LISTED6_A_LINE: 3,
  LIST_PROBES: 32,
  LISTS_MAX: 32,
} as const;

/** enum xs_rule_bounds */
export const ruleBounds = {
  RULES_MAX: 8,
  RULE_SLOTS: 32,
  RULE_THRESHOLD: 16,
  TICK_SHIFT: 20,
} as const;

/** enum xs_decoys */
export const decoys = {
  COPY_TICKS: 476,
  COPY_SENDERS: 3,
  COPY_MEMORY: 16,
  SPARED_PROBES: 4096,
} as const;

/** enum xs_door */
export const door = {
  NEW: 0,
  RECENT: 1,
  LASTING: 2,
  PERSISTENT: 3,
  MAX: 4,
} as const;

/** enum xs_ignore */
export const ignore = {
  IGNORED: 1,
  GUARDED: 2,
} as const;

/** enum xs_event_flag */
export const eventFlag = {
  EVENT_IGNORED: 1,
  EVENT_IP_OPTIONS: 2,
  EVENT_DECOY: 8,
} as const;

/** struct xs_prefix, 24 bytes */
export const prefixLayout = {
  size: 24,
  bits: { at: 0, type: 'u32' },
  family: { at: 4, type: 'u32' },
  addr: { at: 8, type: 'u8', length: 16 },
} as const;

/** struct xs_block, 48 bytes */
export const blockLayout = {
  size: 48,
  expiresNs: { at: 0, type: 'u64' },
  addedNs: { at: 8, type: 'u64' },
  lastSeenNs: { at: 16, type: 'u64' },
  packets: { at: 24, type: 'u64' },
  bytes: { at: 32, type: 'u64' },
  rule: { at: 40, type: 'u32' },
  origin: { at: 44, type: 'u8' },
} as const;

/** struct xs_trial, 16 bytes */
export const trialLayout = {
  size: 16,
  untilNs: { at: 0, type: 'u64' },
  sinceNs: { at: 8, type: 'u64' },
} as const;

/** struct xs_line, 64 bytes */
export const lineLayout = {
  size: 64,
  words: { at: 0, type: 'u64', length: 8 },
} as const;

/** struct xs_hot, 64 bytes */
export const hotLayout = {
  size: 64,
  addr: { at: 0, type: 'u8', length: 16 },
  jiffy: { at: 16, type: 'u64' },
  epoch: { at: 24, type: 'u64' },
  packets: { at: 32, type: 'u64' },
  bytes: { at: 40, type: 'u64' },
  addedNs: { at: 48, type: 'u64' },
  family: { at: 56, type: 'u32' },
  length: { at: 60, type: 'u32' },
} as const;

/** struct xs_filter, 16 bytes */
export const filterLayout = {
  size: 16,
  coarse: { at: 0, type: 'u64' },
  fine: { at: 8, type: 'u64' },
} as const;

/** struct xs_lengths, 136 bytes */
export const lengthsLayout = {
  size: 136,
  count: { at: 0, type: 'u32' },
  length: { at: 4, type: 'u8', length: 132 },
} as const;

/** struct xs_list_head, 64 bytes */
export const listHeadLayout = {
  size: 64,
  coarse: { at: 0, type: 'u64' },
  fine: { at: 8, type: 'u64' },
  vicinityBits: { at: 16, type: 'u32' },
  vicinities4: { at: 20, type: 'u32' },
  vicinities6: { at: 24, type: 'u32' },
  generation: { at: 28, type: 'u32' },
} as const;

/** struct xs_list_place, 64 bytes */
export const listPlaceLayout = {
  size: 64,
  first4: { at: 0, type: 'u32' },
  lines4: { at: 4, type: 'u32' },
  first6: { at: 8, type: 'u32' },
  lines6: { at: 12, type: 'u32' },
  networks4: { at: 16, type: 'u64' },
  networks6: { at: 24, type: 'u64' },
  hosts6: { at: 32, type: 'u64' },
} as const;

/** struct xs_listed4, 8 bytes */
export const listed4Layout = {
  size: 8,
  address: { at: 0, type: 'u32' },
  length: { at: 4, type: 'u8' },
  list: { at: 5, type: 'u8' },
} as const;

/** struct xs_listed6, 20 bytes */
export const listed6Layout = {
  size: 20,
  address: { at: 0, type: 'u32', length: 4 },
  length: { at: 16, type: 'u8' },
  list: { at: 17, type: 'u8' },
} as const;

/** struct xs_source, 336 bytes */
export const sourceLayout = {
  size: 336,
  firstNs: { at: 0, type: 'u64' },
  lastNs: { at: 8, type: 'u64' },
  probes: { at: 16, type: 'u64' },
  budget: { at: 24, type: 'u64' },
  ports: { at: 32, type: 'u64', length: 4 },
  portCount: { at: 64, type: 'u32' },
  kinds: { at: 68, type: 'u32' },
  rules: { at: 72, type: 'u32' },
  copies: { at: 76, type: 'u16' },
  others: { at: 78, type: 'u16' },
  slotKey: { at: 80, type: 'u32', length: 32 },
  slotTick: { at: 208, type: 'u32', length: 32 },
} as const;

/** struct xs_instant, 16 bytes */
export const instantLayout = {
  size: 16,
  durationNs: { at: 0, type: 'u64' },
  rule: { at: 8, type: 'u32' },
  enabled: { at: 12, type: 'u32' },
} as const;

/** struct xs_rule, 40 bytes */
export const ruleLayout = {
  size: 40,
  durationNs: { at: 0, type: 'u64' },
  window: { at: 8, type: 'u32' },
  kinds: { at: 12, type: 'u32', length: 5 },
  rule: { at: 32, type: 'u32' },
  ports: { at: 36, type: 'u8' },
  probes: { at: 37, type: 'u8' },
  firstSlot: { at: 38, type: 'u8' },
} as const;

/** struct xs_visit, 12 bytes */
export const visitLayout = {
  size: 12,
  print: { at: 0, type: 'u32' },
  tick: { at: 4, type: 'u32' },
  port: { at: 8, type: 'u16' },
  proto: { at: 10, type: 'u8' },
  kind: { at: 11, type: 'u8' },
} as const;

/** struct xs_event, 104 bytes */
export const eventLayout = {
  size: 104,
  tsNs: { at: 0, type: 'u64' },
  blockedNs: { at: 8, type: 'u64' },
  firstNs: { at: 16, type: 'u64' },
  probes: { at: 24, type: 'u64' },
  saddr: { at: 32, type: 'u8', length: 16 },
  daddr: { at: 48, type: 'u8', length: 16 },
  ifindex: { at: 64, type: 'u32' },
  kinds: { at: 68, type: 'u32' },
  portCount: { at: 72, type: 'u32' },
  rule: { at: 76, type: 'u32' },
  sport: { at: 80, type: 'be16' },
  dport: { at: 82, type: 'be16' },
  family: { at: 84, type: 'u8' },
  sourceBits: { at: 85, type: 'u8' },
  proto: { at: 86, type: 'u8' },
  kind: { at: 87, type: 'u8' },
  tcpFlags: { at: 88, type: 'u8' },
  flags: { at: 89, type: 'u8' },
  ttl: { at: 90, type: 'u8' },
  tcpHeader: { at: 91, type: 'u8' },
  tcpSeq: { at: 92, type: 'be32' },
  tcpWindow: { at: 96, type: 'be16' },
  ipId: { at: 98, type: 'be16' },
} as const;

/** struct xs_moment, 16 bytes */
export const momentLayout = {
  size: 16,
  nowNs: { at: 0, type: 'u64' },
  isServed: { at: 8, type: 'u8' },
} as const;

/** struct xs_station, 8 bytes */
export const stationLayout = {
  size: 8,
  addr: { at: 0, type: 'u8', length: 6 },
} as const;

/** struct xs_counter, 16 bytes */
export const counterLayout = {
  size: 16,
  packets: { at: 0, type: 'u64' },
  bytes: { at: 8, type: 'u64' },
} as const;

/** Load-time tunables of bpf/config.h */
export const tunables = {
  sourceBits6: { name: 'xs_source_bits6', size: 1 },
  filterSeed: { name: 'xs_filter_seed', size: 4 },
  noEthernet: { name: 'xs_no_ethernet', size: 1 },
  spareDecoys: { name: 'xs_spare_decoys', size: 1 },
  swallowProbes: { name: 'xs_swallow_probes', size: 1 },
  spareServed: { name: 'xs_spare_served', size: 1 },
  tellIgnored: { name: 'xs_tell_ignored', size: 1 },
  skipForwarded: { name: 'xs_skip_forwarded', size: 1 },
  skipOtherStations: { name: 'xs_skip_other_stations', size: 1 },
  ephemeralFirst: { name: 'xs_ephemeral_first', size: 2 },
  ephemeralLast: { name: 'xs_ephemeral_last', size: 2 },
  sourceChangesMax: { name: 'xs_source_changes_max', size: 4 },
  sourceRepeatsMax: { name: 'xs_source_repeats_max', size: 4 },
  eventsMax: { name: 'xs_events_max', size: 4 },
  ruleCount: { name: 'xs_rule_count', size: 4 },
  rulesTag: { name: 'xs_rules_tag', size: 4 },
  newSourcesMax: { name: 'xs_new_sources_max', size: 4 },
  recentSourcesMax: { name: 'xs_recent_sources_max', size: 4 },
  lastingSourcesMax: { name: 'xs_lasting_sources_max', size: 4 },
  persistentSourcesMax: { name: 'xs_persistent_sources_max', size: 4 },
  placeMask: { name: 'xs_place_mask', size: 4 },
  isReplay: { name: 'xs_is_replay', size: 1 },
  hasBuffLen: { name: 'xs_has_buff_len', size: 1 },
} as const;
