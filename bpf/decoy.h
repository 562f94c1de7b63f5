/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nmap hides among decoys (-D): it sends each probe once more in the name of each of them, and the copies
 * have the sequence number, source port and IP identification of the original. No two hosts do that by chance
 * (a sequence number alone has 32 bits), so such sources are one scan, and which of them is forged nobody can
 * tell. Blocking them all would let anybody have others blocked; so no rule blocks a source of whose probes
 * half or more were copies. The controller tells of the set.
 *
 * Whoever wants to be spared for that has to send as many forged probes as real ones, and is spared only as
 * long as he does.
 */
#ifndef XS_DECOY_H
#define XS_DECOY_H

#include "classify.h"
#include "clock.h"
#include "filter.h"
#include "maps.h"
#include "packet.h"

/* In ticks (1.05 ms): nmap sends the copies one behind the other. A SYN is repeated after a second at the
 * earliest, by a client who may have got another address in the meantime. */
#define XS_COPY_WITHIN 256

/* What is the same in all copies, in short; 0 for a probe that has too little of its own. */
static __always_inline __u32 xs_sameness(const struct xs_packet *pkt)
{
	const __u32 *to = (const void *)pkt->daddr;
	__u32 own = pkt->tcp_header ? pkt->tcp_seq : pkt->ip_id;
	__u32 hash = own * XS_HASH_4;

	if (!own || (pkt->proto != XS_PROTO_TCP && pkt->proto != XS_PROTO_UDP))
		return 0;
	hash = (hash ^ hash >> 15 ^ ((__u32)pkt->sport << 16 | pkt->dport)) * XS_HASH_1;
	hash = (hash ^ hash >> 15 ^ to[0] ^ to[3]) * XS_HASH_2;
	hash = (hash ^ hash >> 13 ^ pkt->tcp_flags) * XS_HASH_3;
	return hash ^ hash >> 16;
}

/* The first of the copies is one, too, which shows only now. */
static __always_inline void xs_count_original(struct xs_original *original)
{
	struct xs_source *source;

	if (original->is_counted)
		return;
	original->is_counted = true;
	source = bpf_map_lookup_elem(&xs_sources, &original->source);
	if (source)
		__sync_fetch_and_add(&source->copies, 1);
}

/* Whether another source has just sent the very same. CPUs may race for the place; then a copy goes
 * unnoticed. */
static __always_inline bool xs_is_copy(const struct xs_packet *pkt, const struct xs_prefix *key, __u32 tick)
{
	__u32 sameness = xs_sameness(pkt), index = sameness % XS_ORIGINALS_MAX;
	struct xs_original *original = sameness ? bpf_map_lookup_elem(&xs_originals, &index) : NULL;

	if (!original)
		return false;
	if (original->sameness != sameness || tick - original->tick > XS_COPY_WITHIN) {
		original->source = *key;
		original->sameness = sameness;
		original->tick = tick;
		original->is_counted = false;
		return false;
	}
	if (original->source.family == key->family && xs_has_address(original->source.addr, key->addr))
		return false; /* a repetition */
	xs_count_original(original);
	return true;
}

/* Whether the source hides among decoys, or is one. */
static __always_inline bool xs_is_among_decoys(const struct xs_source *source)
{
	return source && source->copies && source->copies * 2ULL >= source->probes;
}

#endif
