/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Load-time tunables: the verifier sees them as constants and removes what they switch off. */
#ifndef XS_CONFIG_H
#define XS_CONFIG_H

#include <linux/types.h>
#include <stdbool.h>

/* Prefix length that makes one IPv6 source; 64 because that is what one subscriber has (RFC 6177). */
const volatile __u8 xs_source_bits6 = 64;

/* Start of the hash in the filters and of the cards in xs_places; secret. It goes on with these: see xs_seed.
 */
const volatile __u32 xs_filter_seed = 0;

/* The interface has no Ethernet header (tun, wireguard, ppp): packets start with the IP header. */
const volatile bool xs_no_ethernet = false;

/* Block no source for what may have been sent in its name by somebody who scans among decoys. */
const volatile bool xs_spare_decoys = true;

/* Drop probes instead of passing them to the network stack. */
const volatile bool xs_swallow_probes = false;

/* Let everything be that goes to a port which a local socket serves, also what no socket could be meant by.
 */
const volatile bool xs_spare_served = false;

/* Tell of probes from ignored sources, too; they are not counted. */
const volatile bool xs_tell_ignored = false;

/* Let packets be that this host would route on to another; asks the routing table for each probe. */
const volatile bool xs_skip_forwarded = true;

/* Let frames be that were sent to a station not in xs_stations. */
const volatile bool xs_skip_other_stations = false;

/* Ports that connections of this host's own, or of somebody behind it, may come from, both ends included; 0:
 * none. */
const volatile __u16 xs_ephemeral_first = 32768;
const volatile __u16 xs_ephemeral_last = 60999;

/* Events a second (2^30 ns) from one source: changes of its story, and mere repetitions. */
const volatile __u32 xs_source_changes_max = 256; /* as many distinct ports as a rule may ask for */
const volatile __u32 xs_source_repeats_max = 64;

/*
 * Events a second (2^30 ns), all sources and CPUs together. Repetitions and first probes may use half of
 * it: the other half is for sources that go on, so that a flood of forged ones, which never do, does not hide
 * them. Pings are told of until an eighth is gone, whoever has used it.
 */
const volatile __u32 xs_events_max = 4096;

/* Rules in xs_rules. */
const volatile __u32 xs_rule_count = 0;

/* Which rules those are. A source may have been tracked for others before: by a program that this one has
 * replaced. */
const volatile __u32 xs_rules_tag = 0;

/*
 * Sources that are tracked anew, on all CPUs together. Those that come for the first time, in 2^32 ns (4.3
 * s): many times what the Internet's background sends to one host, and a crowd may come all at once. Those
 * that ping are taken in until a quarter is gone.
 */
const volatile __u32 xs_new_sources_max = 1024;

/*
 * When these are too many, in 2^24 ns (17 ms) each: those that have been here a moment ago, that have been
 * here a while ago, and that come again and again in no time. 240, 60 and 240 a second: what the controller
 * can answer with a fifth of a CPU.
 */
const volatile __u32 xs_recent_sources_max = 4;
const volatile __u32 xs_lasting_sources_max = 1;
const volatile __u32 xs_persistent_sources_max = 4;

/* Entries of xs_places, a power of two, less one. */
const volatile __u32 xs_place_mask = (1 << 17) - 1;

/* Frames come from a capture, and xs_moment says what else would be asked of the machine: see clock.h. */
const volatile bool xs_is_replay = false;

/* The kernel has bpf_xdp_get_buff_len (5.18): bytes beyond the first buffer of a packet are counted, too. */
const volatile bool xs_has_buff_len = false;

#endif
