/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nmap hides among decoys (-D): it sends each probe once more in the name of each of them, and the copies
 * have the sequence number, source port and IP identification of the original. No two hosts do that by
 * chance, so such sources are one scan, and which of them is forged nobody can tell. Blocking them all would
 * keep out many for the sake of one; so no rule blocks a source of whose latest probes half or more were
 * copies. The controller, which looks at the same by the same measure, tells of the set.
 *
 * What that is worth to a scanner is bounded. Copies count from three senders on: of two only one can be
 * innocent, and a single forged source costs nobody more than any forged packet does. What was long ago does
 * not count, so no copies can be saved up. And nobody is spared for more than so many probes.
 * docs/decisions/0018-decoys.md
 */
#ifndef XS_DECOY_H
#define XS_DECOY_H

#include "config.h"
#include "filter.h"
#include "hot.h"
#include "maps.h"
#include "packet.h"

/* Of xs_source.copies and .others, per probe: they are halved now and then. */
#define XS_WEIGHT 16

/* Where a probe and its copies are kept: seeded, or a sender could choose probes that push others out. */
static __always_inline __u32 xs_print_hash(const struct xs_packet *pkt)
{
	const __u32 *to = (const void *)pkt->daddr;
	struct xs_words words = { pkt->tcp_seq ^ to[0], (__u32)pkt->sport << 16 | pkt->ip_id };

	return xs_filter_hash(words, to[3] ^ pkt->dport);
}

/* What is the same in all copies. It is compared where it lies, for the stack is short. */
static __always_inline bool xs_is_print_of(const struct xs_print *print, const struct xs_packet *pkt,
					   const struct xs_visit *visit)
{
	return xs_has_address(print->daddr, pkt->daddr) && print->tcp_seq == pkt->tcp_seq &&
	       print->sport == pkt->sport && print->dport == pkt->dport && print->ip_id == pkt->ip_id &&
	       print->proto == visit->proto && print->kind == visit->kind;
}

static __always_inline void xs_note_print(struct xs_print *print, const struct xs_packet *pkt,
					  const struct xs_visit *visit)
{
	__builtin_memcpy(print->daddr, pkt->daddr, sizeof(print->daddr));
	print->tcp_seq = pkt->tcp_seq;
	print->sport = pkt->sport;
	print->dport = pkt->dport;
	print->ip_id = pkt->ip_id;
	print->proto = visit->proto;
	print->kind = visit->kind;
}

static __always_inline bool xs_is_same_source(const struct xs_prefix *a, const struct xs_prefix *b)
{
	return a->family == b->family && xs_has_address(a->addr, b->addr);
}

/* The source has sent a probe. CPUs may race here, and one counts for less. */
static __always_inline void xs_weigh_probe(struct xs_source *source)
{
	__u32 copies = source->copies, others = source->others + XS_WEIGHT;

	if (copies + others > XS_COPY_MEMORY * XS_WEIGHT) {
		copies /= 2;
		others /= 2;
	}
	source->copies = copies;
	source->others = others;
}

/* One of its probes turns out to be a copy. */
static __always_inline void xs_weigh_copy(struct xs_source *source)
{
	__u32 others = source->others;

	source->copies += XS_WEIGHT;
	source->others = others > XS_WEIGHT ? others - XS_WEIGHT : 0;
}

/* The first senders of a print have sent copies, too, which shows only now. */
static __always_inline void xs_weigh_sender(const struct xs_prefix *sender)
{
	struct xs_source *source = bpf_map_lookup_elem(&xs_sources, sender);

	if (source)
		xs_weigh_copy(source);
}

/* Whether the source may be one of the senders from the third on; from now on it is. Two may share a bit of
 * 256, so what it has sent then counts for nothing: neither as a copy nor as a probe of its own. */
static __always_inline bool xs_is_sender(struct xs_original *original, __u32 hash, __u32 print)
{
	__u32 bit = ((hash ^ print) * XS_HASH_5) >> 24;
	__u64 mask = 1ULL << (bit & 63);
	__u64 *word = &original->others[bit >> 6 & 3];

	if (*word & mask)
		return true;
	*word |= mask;
	return false;
}

/* What a probe is to the others that have just come: xs_likeness_of(). */
#define XS_ALONE   0
#define XS_COPY	   1 /* so many others have sent the same */
#define XS_UNCLEAR 2 /* so many have, and the source itself perhaps, too */

/*
 * Of one print each source sends one copy: or it would take two forged packets to be spared for any number. A
 * repetition is no copy. CPUs may race for the place; then a copy goes unnoticed. A global function, for the
 * verifier's sake.
 */
__noinline int xs_likeness_of(const struct xs_packet *pkt, const struct xs_prefix *key,
			      const struct xs_visit *visit)
{
	struct xs_original *original;
	__u32 hash, index;

	/* Too little of its own. */
	if (!pkt || !key || !visit || visit->proto > XS_PROTO_UDP || (!pkt->tcp_seq && !pkt->ip_id))
		return XS_ALONE;
	hash = xs_print_hash(pkt);
	index = hash % XS_ORIGINALS_MAX;
	original = bpf_map_lookup_elem(&xs_originals, &index);
	if (!original)
		return XS_ALONE;
	/* Another CPU's clock may be a tick ahead. */
	if (!xs_is_print_of(&original->print, pkt, visit) ||
	    visit->tick + 1 - original->tick > XS_COPY_TICKS + 1) {
		__builtin_memset(original->others, 0, sizeof(original->others));
		original->first = *key;
		xs_note_print(&original->print, pkt, visit);
		original->tick = visit->tick;
		original->senders = 1;
		return XS_ALONE;
	}
	if (xs_is_same_source(&original->first, key))
		return XS_ALONE;
	if (original->senders == 1) {
		original->second = *key;
		original->senders = 2;
		return XS_ALONE;
	}
	if (xs_is_same_source(&original->second, key))
		return XS_ALONE;
	if (xs_is_sender(original, hash, visit->print))
		return XS_UNCLEAR;
	if (original->senders == 2) {
		original->senders = XS_COPY_SENDERS;
		xs_weigh_sender(&original->first);
		xs_weigh_sender(&original->second);
	}
	return XS_COPY;
}

/* Takes in what a probe was to the others. */
static __always_inline void xs_weigh(struct xs_source *source, int likeness)
{
	if (likeness != XS_UNCLEAR)
		xs_weigh_probe(source);
	if (likeness == XS_COPY)
		xs_weigh_copy(source);
}

/* Whether the source, which has sent a probe, hides among decoys, or is one, and has not used up what that is
 * worth. */
static __always_inline bool xs_is_among_decoys(const struct xs_source *source)
{
	return xs_spare_decoys && source && source->copies >= source->others &&
	       source->probes <= XS_SPARED_PROBES;
}

#endif
