/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables. Capacities given here are defaults; the controller may set others before load. */
#ifndef XS_MAPS_H
#define XS_MAPS_H

#include "wire.h"

#define XS_QUIET_MAX 1024

/* Blocks, networks and single addresses alike. Never a table that evicts; memory grows with the entries. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20);
	__type(key, struct xs_prefix);
	__type(value, struct xs_block);
} xs_blocks SEC(".maps");

/* The filter in front of them: both halves of it. Sized for the capacity of xs_blocks by the controller. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct xs_line);
} xs_block_filter SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, XS_FRONT_MAX);
	__type(key, __u32);
	__type(value, struct xs_filter);
} xs_block_front SEC(".maps");

/* Counts what the controller has changed that may let a blocked source in: what is in xs_hot from before does
 * not hold. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} xs_epoch SEC(".maps");

/* Until when anything is dropped. Each program has its own: it is not handed on to the next one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xs_trial);
} xs_trial SEC(".maps");

/* Blocked sources that are flooding now, by hash. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XS_HOT_MAX);
	__type(key, __u32);
	__type(value, struct xs_hot);
} xs_hot SEC(".maps");

/* Where probes went in the running 17 ms, by hash: see quiet.h. */
struct xs_quiet {
	__u8 daddr[16];
	__be16 port; /* at which nobody listens; 0: the address is this host's */
	__u8 family;
	__u8 pad;
	__u32 period;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XS_QUIET_MAX);
	__type(key, __u32);
	__type(value, struct xs_quiet);
} xs_quiet SEC(".maps");

/* One bit a vicinity that a network of some kind lies in or holds, XS_VICINITY_WORDS a family: see filter.h.
 */
struct xs_vicinities {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * XS_VICINITY_WORDS);
	__type(key, __u32);
	__type(value, __u64);
};

/* Of blocked networks. */
struct xs_vicinities xs_block_vicinities SEC(".maps");

/* Prefix lengths in use among the blocks. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, XS_LENGTHS_OF_MAX);
	__type(key, __u32);
	__type(value, struct xs_lengths);
} xs_block_lengths SEC(".maps");

/* All lists in one table, see listed.h: another one takes its place as a whole. */
struct xs_list_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP | BPF_F_MMAPABLE); /* each has a size of its own (Linux 5.10) */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xs_line);
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct xs_list_table);
} xs_lists SEC(".maps");

/* Packets and bytes that each list has dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XS_LISTS_MAX);
	__type(key, __u32);
	__type(value, struct xs_counter);
} xs_list_drops SEC(".maps");

/* One bit per monitored port, XS_PORT_WORDS words per protocol. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, XS_PROTO_MAX *XS_PORT_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} xs_monitored SEC(".maps");

/* Likewise: ports that are served although no lookup finds a socket, because they are forwarded (DNAT) or of
 * a protocol that cannot be asked for (SCTP). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, XS_PROTO_MAX *XS_PORT_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} xs_served SEC(".maps");

/* The ignore list and the guarded addresses: enum xs_ignore. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct xs_prefix);
	__type(value, __u32);
} xs_ignored SEC(".maps");

/* Of what is in xs_ignored: nearly always there is nothing near, and a trie is slow. */
struct xs_vicinities xs_ignored_vicinities SEC(".maps");

/* Sources that hold a TCP connection to this host, as the controller saw them last: counted, and never
 * blocked by a rule. What is blocked otherwise stays so. Memory is taken as they come. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct xs_prefix);
	__type(value, __u8);
} xs_connected SEC(".maps");

/* Where people who type commands are logged in from, and when they have typed the last one (CLOCK_MONOTONIC).
 * The controller's alone: it is here so that the next one finds it, like all that goes on. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 128);
	__type(key, struct xs_prefix);
	__type(value, __u64);
} xs_logins SEC(".maps");

/* Link-layer addresses that are this host's. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct xs_station);
	__type(value, __u8);
} xs_stations SEC(".maps");

/* Instant rules by protocol and kind: [proto * XS_KIND_MAX + kind]. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XS_PROTO_MAX *XS_KIND_MAX);
	__type(key, __u32);
	__type(value, struct xs_instant);
} xs_instants SEC(".maps");

/* Rules that take several probes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XS_RULES_MAX);
	__type(key, __u32);
	__type(value, struct xs_rule);
} xs_rules SEC(".maps");

/* What the door knows of the sources of one place, see door.h: half a cache line, so that it is one miss. */
struct xs_place {
	__u16 known[3]; /* the last that were let in, 16 bits of each */
	__u8 refusals;	/* of who left the recent card, less the visits of others, in this period */
	__u8 period;	/* of 2^27 ns (134 ms) */
	struct xs_visit recent;
	struct xs_visit lasting;
};
_Static_assert(sizeof(struct xs_place) == 32, "never in two cache lines");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 17); /* as many as xs_place_mask says: 4 MB */
	__type(key, __u32);
	__type(value, struct xs_place);
} xs_places SEC(".maps");

/* Sources that were let in in the running period, by enum xs_door; laid out as xs_source.budget. Of all CPUs,
 * as is the table that it spares. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XS_DOOR_MAX);
	__type(key, __u32);
	__type(value, __u64);
} xs_door_budget SEC(".maps");

/* Sources of probes. Shared by all CPUs, because RSS spreads one scanner over all queues; may evict. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 16);
	__type(key, struct xs_prefix);
	__type(value, struct xs_source);
} xs_sources SEC(".maps");

/* A probe, as far as its copies are the same. */
struct xs_print {
	__u8 daddr[16] __attribute__((aligned(8)));
	__be32 tcp_seq;
	__be16 sport;
	__be16 dport;
	__be16 ip_id;
	__u8 proto; /* enum xs_proto */
	__u8 kind;  /* enum xs_kind */
	__u32 pad;
};

/* Who has sent a probe, by hash of the print: see decoy.h. */
struct xs_original {
	struct xs_prefix first;
	struct xs_prefix second;
	struct xs_print print;
	__u64 others[4]; /* senders from the third on, a bit each */
	__u32 tick;	 /* of CLOCK_BOOTTIME, of the first */
	__u32 senders;	 /* XS_COPY_SENDERS: so many, or more */
};
_Static_assert(XS_COPY_SENDERS == 3, "the first and the second are kept, until a third one comes");
#define XS_ORIGINALS_MAX 4096 /* 480 KB; nmap has some hundred probes under way at most */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XS_ORIGINALS_MAX);
	__type(key, __u32);
	__type(value, struct xs_original);
} xs_originals SEC(".maps");

/* The filter seed, for the next program: what is in xs_places is of use with this one alone. No program reads
 * it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} xs_seed SEC(".maps");

/* What a new entry of xs_sources is made from: zeros, of which the stack has not enough. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xs_source);
} xs_unknown_source SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20); /* bytes: 40,000 events */
} xs_events SEC(".maps");

/* Packets and bytes by enum xs_outcome. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XS_OUTCOME_MAX);
	__type(key, __u32);
	__type(value, struct xs_counter);
} xs_outcomes SEC(".maps");

/* Probes by protocol and kind: [proto * XS_KIND_MAX + kind]. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XS_PROTO_MAX *XS_KIND_MAX);
	__type(key, __u32);
	__type(value, __u64);
} xs_probes SEC(".maps");

/* Probes by protocol and port: [proto * 65536 + port]. Not per CPU: 2.5 MB are enough. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, XS_PROTO_MAX * 65536);
	__type(key, __u32);
	__type(value, __u64);
} xs_port_probes SEC(".maps");

/* Losses by enum xs_lost. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XS_LOST_MAX);
	__type(key, __u32);
	__type(value, __u64);
} xs_losses SEC(".maps");

/* Events of the running second; laid out as xs_source.budget. Of all CPUs, for there is one who reads them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} xs_event_budget SEC(".maps");

#endif
