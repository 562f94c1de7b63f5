/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that crosses between the XDP program and user space, and nothing else: the one definition.
 * `make gen` turns the BTF of these types into src/kernel/wire.generated.ts.
 *
 * Numbers are for ever: append, and retire a number rather than use it again.
 */
#ifndef XS_WIRE_H
#define XS_WIRE_H

#include <linux/types.h>

/* What became of a packet. The name says verdict and reason; both are metric labels. */
enum xs_outcome {
	XS_PASS_NOT_IP = 1,	    /* ARP and whatever else is neither IPv4 nor IPv6 */
	XS_PASS_TRUNCATED = 2,	    /* ends before the header it announces */
	XS_PASS_BAD_HEADER = 3,	    /* wrong version, IPv4 ihl < 5, TCP doff < 5, a length that cannot be */
	XS_PASS_VLAN_DEPTH = 4,	    /* more VLAN tags than we follow */
	XS_PASS_EXT_HEADERS = 5,    /* more IPv6 extension headers than we follow */
	XS_PASS_FRAGMENT = 6,	    /* a later fragment: it has no ports */
	XS_PASS_OTHER_PROTOCOL = 7, /* neither TCP nor UDP, and not monitored */
	XS_PASS_NOT_UNICAST = 8,    /* to a multicast or broadcast address */
	XS_PASS_NOT_MONITORED = 9,  /* the policy does not watch the port */
	XS_PASS_REPLY = 10, /* SYN-ACK, RST, an SCTP chunk that begins nothing: an answer, or the backscatter
			       of someone's forgery */
	XS_PASS_EPHEMERAL = 11, /* could be a late answer to a connection of this host's own */
	XS_PASS_IN_USE = 12,	/* a local socket serves it, or it is forwarded */
	XS_PASS_FORWARDED = 13, /* addressed to another host, which this one routes to */
	XS_PASS_IGNORED = 14,	/* a probe from a source on the ignore list: not counted as one */
	XS_PASS_PROBE = 15,	/* a probe */
	XS_PASS_OTHER_HOST =
	    16, /* the frame was sent to another station: a bridge port, a mirror, promiscuous mode */
	XS_PASS_ROLLED_BACK = 17, /* would be dropped, had somebody confirmed enforcement in time: trial.h */

	XS_DROP_BLOCKED = 24, /* the source is blocked */
	XS_DROP_PROBE = 25,   /* a probe, and the policy swallows probes */
	XS_DROP_LISTED = 26,  /* the source is on a list */

	XS_OUTCOME_MAX = 32,
};
/* Outcomes from here on drop the packet. */
#define XS_DROP_FIRST XS_DROP_BLOCKED

/* What a probe looks like on the wire. */
enum xs_kind {
	XS_KIND_SYN = 1,
	XS_KIND_FIN = 2,
	XS_KIND_NULL = 3,
	XS_KIND_XMAS = 4,   /* FIN+PSH+URG */
	XS_KIND_MAIMON = 5, /* FIN+ACK without a connection */
	XS_KIND_ACK = 6,    /* ACK without a connection: nmap -sA and -sW */
	XS_KIND_ODD = 7,    /* any other flags that no connection starts with, ACK and RST not among them */
	XS_KIND_UDP = 8,
	XS_KIND_FRAGMENT = 9,	/* first fragment too short for its transport header: nmap -f */
	XS_KIND_ODD_REPLY = 10, /* ACK or RST with flags that no answer has: SYN+FIN+ACK, SYN+RST, FIN+RST */
	XS_KIND_SCTP = 11,	/* INIT or COOKIE-ECHO: nmap -sY and -sZ */
	XS_KIND_PROTOCOL = 12,	/* an IP protocol that nobody here speaks: nmap -sO */
	XS_KIND_PING = 13,	/* a request of ICMP: echo, timestamp, information, address mask */
	XS_KIND_MAX = 16,
};

/* What has monitored ports, or numbers that are taken for ports. */
enum xs_proto {
	XS_PROTO_TCP = 0,
	XS_PROTO_UDP = 1,
	XS_PROTO_SCTP = 2,
	XS_PROTO_ICMP = 3, /* by type; of IPv6, too */
	XS_PROTO_IP = 4,   /* any other, by protocol number */
	XS_PROTO_MAX = 5,
};

/* Who asked for a block. */
enum xs_origin {
	XS_ORIGIN_LOCAL = 1,	/* a rule of this host */
	XS_ORIGIN_OPERATOR = 2, /* a person */
	XS_ORIGIN_MAX = 8,
};

/* What was lost, and why. */
enum xs_lost {
	XS_LOST_RING_FULL = 1,	       /* event: the controller does not keep up */
	XS_LOST_SOURCE_BUDGET = 2,     /* event: this source has had its share of this second */
	XS_LOST_GLOBAL_BUDGET = 3,     /* event: all sources together have had theirs */
	XS_LOST_SOURCE_TABLE_FULL = 4, /* probe counted, its source not tracked */
	XS_LOST_BLOCK_TABLE_FULL = 5,  /* instant block not inserted */
	XS_LOST_NEW_SOURCE =
	    6, /* probe counted, its source not tracked: too many new ones, it has to come again */
	XS_LOST_MAX = 8,
};

enum xs_wire {
	XS_WIRE_VERSION = 5,   /* bump when a layout or a meaning changes */
	XS_BLOCKS_VERSION = 1, /* the same for xs_prefix, xs_block, xs_hot and xs_trial alone: blocks go over
				  to another sentry */
	XS_FAMILY_IPV4 = 4,
	XS_FAMILY_IPV6 = 6,
	XS_FAMILY_BITS = 32, /* of xs_prefix.bits, taken by the family */
	XS_PORTS_PER_WORD = 64,
	XS_PORT_WORDS = 1024, /* 64-bit words of port bits, per protocol */
	XS_MAX_LENGTHS =
	    132, /* 129 prefix lengths of IPv6, and a size that needs no padding in shared memory */
};

/* How the filters in front of the tables hash: see filter.h. */
enum xs_filter_key {
	XS_HASH_1 = 0x9E3779B1, /* odd numbers whose bits look random */
	XS_HASH_2 = 0x85EBCA6B,
	XS_HASH_3 = 0xC2B2AE35,
	XS_HASH_4 = 0x27D4EB2F,
	XS_HASH_5 = 0x165667B1,
	XS_TAG_IPV6 = 256, /* added to a length of IPv6 */
	XS_TAG_VICINITY = 1024,
	XS_TAG_PLACE = 1025,
	XS_TAG_PRINT = 1026,
	XS_HOST_BITS4 = 32, /* a block of at least this length is no network */
	XS_HOST_BITS6 = 64,
	XS_VICINITY_BITS = 16,
	XS_VICINITY_WORDS = 1024, /* 64-bit words, per family */
};

/*
 * An address or network, and the key of every table of sources. `bits` counts from `family` on, as an LPM
 * trie wants it: 32 for the family, then the prefix length. An IPv4 address takes the first four bytes.
 */
struct xs_prefix {
	__u32 bits;
	__u32 family; /* XS_FAMILY_* */
	__u8 addr[16];
};
_Static_assert(sizeof(struct xs_prefix) == 24, "layout changed: bump both versions");

/* A block. All times are CLOCK_BOOTTIME, ns. */
struct xs_block {
	__u64 expires_ns; /* 0: until it is lifted */
	__u64 added_ns;
	__u64 last_seen_ns; /* 0: nothing came since */
	__u64 packets;
	__u64 bytes;
	__u32 rule;  /* of an instant block: number of the rule */
	__u8 origin; /* enum xs_origin */
	__u8 pad[3];
};
_Static_assert(sizeof(struct xs_block) == 48, "layout changed: bump both versions");

/* Enforcement that ends by itself unless somebody confirms it in time: see trial.h. */
struct xs_trial {
	__u64 until_ns; /* CLOCK_MONOTONIC: nothing is dropped from then on; 0: it is on no trial */
	__u64 since_ns; /* CLOCK_BOOTTIME: blocks that were added from then on end with it */
};
_Static_assert(sizeof(struct xs_trial) == 16, "layout changed: bump XS_BLOCKS_VERSION");

/* A cache line: what filters and lists are made of. */
struct xs_line {
	__u64 words[8];
};

/* A blocked source that this CPU has seen in the running jiffy: see hot.h. */
struct xs_hot {
	__u8 addr[16];
	__u64 jiffy;
	__u64 epoch;
	__u64 packets; /* that are not added to the block yet */
	__u64 bytes;
	__u64 added_ns; /* of the block: another one may have taken its place */
	__u32 family;
	__u32 length; /* of the block */
};
_Static_assert(sizeof(struct xs_hot) == 64, "layout changed: bump both versions");

enum xs_hot_bounds {
	XS_HOT_MAX = 256,
};

/*
 * Two sieves of a filter, see filter.h. Each is its first word in the upper 32 bits and the number of words
 * in the lower: one value, so that it changes at once. Every key is in both, so that one may change before
 * the other.
 */
struct xs_filter {
	__u64 coarse;
	__u64 fine; /* 0: the coarse one is good enough */
};

/* Of the block table there are two filters, so that one can be filled anew while the other serves. Blocks
 * that come set bits in both. */
enum xs_front {
	XS_FRONT_SERVING = 0,
	XS_FRONT_FILLING = 1,
	XS_FRONT_MAX = 2,
};

/* The prefix lengths in use, so that a lookup tries no others: an entry for each of these. */
enum xs_lengths_of {
	XS_LENGTHS_OF_NETWORKS4 = 0,
	XS_LENGTHS_OF_HOSTS4 = 1,
	XS_LENGTHS_OF_NETWORKS6 = 2,
	XS_LENGTHS_OF_HOSTS6 = 3,
	XS_LENGTHS_OF_MAX = 4,
};

struct xs_lengths {
	__u32 count;
	__u8 length[XS_MAX_LENGTHS];
};
_Static_assert(sizeof(struct xs_lengths) % 8 == 0, "entries of shared memory lie at multiples of 8");

/* How the table of all lists is laid out: lines, the first two of which say where the others are. */
enum xs_list_layout {
	XS_LINE_WORDS = 8,
	XS_LINE_SPILLED = 63, /* this byte of a line of entries: some that belong here are in the next one */
	XS_LIST_HEAD = 0,
	XS_LIST_PLACE = 1,
	XS_LISTED4_A_LINE = 8,
	XS_LISTED6_A_LINE = 3,
	XS_LIST_PROBES = 32, /* lines that an entry may be away from where it belongs */
	XS_LISTS_MAX = 32,
};

/* What every packet asks: one line. Its filter counts in words from the start of the table. */
struct xs_list_head {
	__u64 coarse;
	__u64 fine;
	__u32 vicinity_bits; /* 0: there are no networks */
	__u32 vicinities4;   /* line with the first of 2^vicinity_bits bits */
	__u32 vicinities6;
	__u32 generation; /* another one in each table, and never 0 */
	__u32 pad[8];
};
_Static_assert(sizeof(struct xs_list_head) == sizeof(struct xs_line), "a line of its own");

/* Where the entries are, and which lengths they have. */
struct xs_list_place {
	__u32 first4; /* line */
	__u32 lines4;
	__u32 first6;
	__u32 lines6;
	__u64 networks4; /* bit N: there are networks of length N */
	__u64 networks6;
	__u64 hosts6; /* bit N: there are hosts of length 65 + N; those of length 64 are looked for in any
			 case */
	__u32 pad[6];
};
_Static_assert(sizeof(struct xs_list_place) == sizeof(struct xs_line), "a line of its own");

/* An address or network of IPv4. */
struct xs_listed4 {
	__u32 address; /* in the machine's byte order, masked */
	__u8 length;
	__u8 list; /* its number plus one; 0: no entry */
	__u8 pad[2];
};
_Static_assert(sizeof(struct xs_listed4) * XS_LISTED4_A_LINE == sizeof(struct xs_line), "fills a line");

struct xs_listed6 {
	__u32 address[4]; /* as on the wire */
	__u8 length;
	__u8 list; /* as above */
	__u8 pad[2];
};
_Static_assert(sizeof(struct xs_listed6) * XS_LISTED6_A_LINE <= XS_LINE_SPILLED, "fit a line");

/* What is known of a source of probes, over all CPUs. */
struct xs_source {
	__u64 first_ns; /* CLOCK_BOOTTIME */
	__u64 last_ns;
	__u64 probes;
	__u64 budget;	  /* upper half: a second (ns >> 30); lower half: events sent in it */
	__u64 ports[4];	  /* linear counting over (protocol, port): 256 bits */
	__u32 port_count; /* bits set in `ports`: distinct ports, or a little fewer */
	__u32 kinds;	  /* 1 << enum xs_kind */
	__u32 rules;	  /* xs_rules_tag of those that the slots belong to */
	__u16 copies;	  /* of the latest probes, those that others have sent, too: see decoy.h */
	__u16 others;	  /* and those that nobody else has */
	/* What the rules of the kernel remember, each in slots of its own: see struct xs_rule. */
	__u32 slot_key[32];  /* 2 + (protocol << 16 | port), or 1 for a probe; 0: nothing yet */
	__u32 slot_tick[32]; /* when, in ticks of 2^20 ns (1.05 ms) of CLOCK_BOOTTIME; wraps after 52 days */
};
_Static_assert(sizeof(struct xs_source) == 336, "layout changed: bump XS_WIRE_VERSION");

/* A rule that one probe decides, by kind of probe: it blocks in the packet that shows it. */
struct xs_instant {
	__u64 duration_ns; /* 0: until it is lifted */
	__u32 rule;
	__u32 enabled;
};

/*
 * A rule of the kernel that takes several probes: so many distinct ports and so many probes within a window.
 * It remembers the latest of each and no more than it asks for, so what it decides is exact.
 */
struct xs_rule {
	__u64 duration_ns;	   /* of the block; 0: until it is lifted */
	__u32 window;		   /* ticks of 2^20 ns; 0: whenever */
	__u32 kinds[XS_PROTO_MAX]; /* by protocol: 1 << enum xs_kind of those that count */
	__u32 rule;		   /* number of the rule */
	__u8 ports;		   /* slots: distinct ports that it takes; 0: the probes decide alone */
	__u8 probes;		   /* slots behind those: probes that it takes; 0: the ports decide alone */
	__u8 first_slot;
	__u8 pad[1];
};
_Static_assert(sizeof(struct xs_rule) == 40, "layout changed: bump XS_WIRE_VERSION");

/* Bounds of the kernel's rules. */
enum xs_rule_bounds {
	XS_RULES_MAX = 8,
	XS_RULE_SLOTS = 32,	/* of one source, all rules together */
	XS_RULE_THRESHOLD = 16, /* of one rule: ports, and likewise probes */
	XS_TICK_SHIFT = 20,
};

/* What a copy is, and what it is worth to have sent some, in the kernel and in the controller alike: see
 * decoy.h. */
enum xs_decoys {
	XS_COPY_TICKS = 476, /* half a second after the first at most: nmap sends the copies one behind the
				other. A SYN is repeated after a second at the earliest (RFC 6298), by a
				client who may have got another address in the meantime. */
	XS_COPY_SENDERS = 3, /* so many have sent the same */
	XS_COPY_MEMORY = 16, /* so many of the latest probes decide */
	XS_SPARED_PROBES = 4096, /* so many probes of a source at most are spared: nmap's usual thousand
				    ports, and the repetitions of those that do not answer */
};

/* A probe in short; of a source that is not tracked yet, its visiting card: see door.h. */
struct xs_visit {
	__u32 print; /* of the source */
	__u32 tick;  /* of a card: of CLOCK_MONOTONIC_COARSE; otherwise of CLOCK_BOOTTIME */
	__u16 port;  /* in the machine's byte order */
	__u8 proto;  /* enum xs_proto */
	__u8 kind;   /* enum xs_kind; 0: nobody has been here */
};
_Static_assert(sizeof(struct xs_visit) == 12, "layout changed: bump XS_WIRE_VERSION");

/* Ways to be let in, each with a budget of its own: see door.h. */
enum xs_door {
	XS_DOOR_NEW = 0,
	XS_DOOR_RECENT = 1,
	XS_DOOR_LASTING = 2,
	XS_DOOR_PERSISTENT = 3,
	XS_DOOR_MAX = 4,
};

/* What the ignore list says of a network. */
enum xs_ignore {
	XS_IGNORE_IGNORED = 1, /* never counted, never blocked */
	XS_IGNORE_GUARDED = 2, /* counted, but never blocked: this host, its gateways and resolvers */
};

/* What else there is to say of the packet: bits of xs_event.flags. */
enum xs_event_flag {
	XS_EVENT_IGNORED = 1,	 /* its source is on the ignore list: told, and not counted */
	XS_EVENT_IP_OPTIONS = 2, /* its IPv4 header has options */
	/* 4 is retired */
	XS_EVENT_DECOY = 8, /* half of its source's latest probes were sent by others, too: see decoy.h */
};

/* One probe, as told to the controller. */
struct xs_event {
	__u64 ts_ns;	  /* when the packet came, CLOCK_BOOTTIME */
	__u64 blocked_ns; /* when an instant block was in force; 0: there was none */
	__u64 first_ns;	  /* when the source was first seen; changes when it was forgotten and seen anew */
	__u64 probes;	  /* of this source so far, this one included */
	__u8 saddr[16];	  /* as in the packet; an IPv4 address takes the first four bytes */
	__u8 daddr[16];
	__u32 ifindex;
	__u32 kinds;	  /* of this source so far: 1 << enum xs_kind */
	__u32 port_count; /* distinct ports of this source so far, or a little fewer */
	__u32 rule;	  /* of an instant block: number of the rule */
	__be16 sport;
	__be16 dport;	  /* or what enum xs_proto takes for one */
	__u8 family;	  /* XS_FAMILY_* */
	__u8 source_bits; /* prefix length of the source that saddr belongs to */
	__u8 proto;	  /* enum xs_proto */
	__u8 kind;	  /* enum xs_kind */
	__u8 tcp_flags;	  /* the raw byte; 0 for UDP and fragments */
	__u8 flags;	  /* enum xs_event_flag */
	__u8 ttl;	  /* or hop limit */
	__u8 tcp_header;  /* its length in bytes, with options; 0 as above, like what follows */
	__be32 tcp_seq;
	__be16 tcp_window;
	__be16 ip_id; /* of IPv4 */
	__u8 pad[4];
};
_Static_assert(sizeof(struct xs_event) == 104, "layout changed: bump XS_WIRE_VERSION");

/* What a frame of a capture met when it came: see clock.h. */
struct xs_moment {
	__u64 now_ns;	/* for every clock */
	__u8 is_served; /* a socket of the host that it went to is meant by it */
	__u8 pad[7];
};
_Static_assert(sizeof(struct xs_moment) == 16, "layout changed: bump XS_WIRE_VERSION");

/* A link-layer address, padded to be a key. */
struct xs_station {
	__u8 addr[6];
	__u8 pad[2];
};
_Static_assert(sizeof(struct xs_station) == 8, "layout changed: bump XS_WIRE_VERSION");

/* Packets and bytes of one outcome. */
struct xs_counter {
	__u64 packets;
	__u64 bytes;
};

#endif
