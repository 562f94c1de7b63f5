/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is the source blocked? By address alone, so that no odd protocol, fragment or extension header helps it. */
#ifndef XS_BLOCKLIST_H
#define XS_BLOCKLIST_H

#include "clock.h"
#include "config.h"
#include "filter.h"
#include "hot.h"
#include "ignored.h"
#include "maps.h"
#include "packet.h"

static __always_inline bool xs_is_expired(const struct xs_block *block, __u64 now_ns)
{
	return block->expires_ns && block->expires_ns <= now_ns;
}

static __always_inline void xs_sieve_set(__u64 sieve, __u32 hash, __u64 bits)
{
	__u32 at = (sieve >> 32) + xs_filter_word(hash, sieve);
	__u32 index = at / XS_LINE_WORDS;
	struct xs_line *line = bpf_map_lookup_elem(&xs_block_filter, &index);

	if (line)
		__sync_fetch_and_or(&line->words[at & (XS_LINE_WORDS - 1)], bits);
}

static __always_inline void xs_filter_set(enum xs_front which, __u32 hash)
{
	__u32 index = which;
	struct xs_filter *filter = bpf_map_lookup_elem(&xs_block_front, &index);

	if (!filter)
		return;
	xs_sieve_set(filter->coarse, hash, xs_coarse_bits(hash));
	if (filter->fine)
		xs_sieve_set(filter->fine, hash, xs_fine_bits(hash));
}

/* To be called after the block is in the table: see BlockFront.refill(). */
static __always_inline void xs_front_add(const struct xs_prefix *key)
{
	struct xs_words words = xs_words_of(key->family, key->addr);
	__u32 length = key->bits - XS_FAMILY_BITS;
	__u32 host = xs_host_bits(key->family);
	__u32 hash = xs_filter_hash(words, xs_tag(key->family, length < host ? length : host));

	/* In this order: when the one that was being filled begins to serve in between, it has the key. */
	xs_filter_set(XS_FRONT_FILLING, hash);
	xs_filter_set(XS_FRONT_SERVING, hash);
}

/* The filter knows a network of this length around the source. */
static __always_inline bool xs_filter_has_network(const struct xs_packet *pkt, __u32 length)
{
	__u32 serving = XS_FRONT_SERVING;
	struct xs_filter *filter = bpf_map_lookup_elem(&xs_block_front, &serving);
	struct xs_words network = xs_masked(xs_words_of(pkt->family, pkt->saddr), length);

	return filter && xs_filter_has(&xs_block_filter, filter->coarse, filter->fine,
				       xs_filter_hash(network, xs_tag(pkt->family, length)));
}

/* A block in force of this length holds the source; it is counted there. A global function, as the next one,
 * for the verifier's sake: it walks each once, and not once per way that leads there. */
__noinline int xs_hold(const struct xs_packet *pkt, __u32 length, __u64 bytes, __u32 hash)
{
	struct xs_hot *hot = xs_hot_at(hash);
	__u64 now_ns, epoch = xs_epoch_now();
	struct xs_prefix key;
	struct xs_block *block;

	if (!pkt)
		return false;
	if (length < xs_host_bits(pkt->family) && !xs_filter_has_network(pkt, length))
		return false;
	xs_prefix_of(&key, pkt->family, pkt->saddr, length);
	block = bpf_map_lookup_elem(&xs_blocks, &key);
	if (!block)
		return false;
	now_ns = xs_now_ns();
	if (xs_is_expired(block, now_ns) || xs_ignored_as(pkt))
		return false;
	__sync_fetch_and_add(&block->packets, 1);
	__sync_fetch_and_add(&block->bytes, bytes);
	block->last_seen_ns = now_ns;
	if (hot)
		xs_heat(hot, pkt, block, length, epoch);
	return true;
}

/* Asks for each length in use. */
__noinline int xs_find_block(const struct xs_packet *pkt, __u64 bytes, __u32 list, __u32 hash)
{
	struct xs_lengths *lengths = bpf_map_lookup_elem(&xs_block_lengths, &list);
	struct xs_hot *hot = xs_hot_at(hash);
	__u32 count;

	if (!pkt || !lengths || !hot)
		return false;
	if (xs_is_hot(hot, pkt)) {
		hot->packets++;
		hot->bytes += bytes;
		return true;
	}
	count = lengths->count;
	for (__u32 i = 0; i < XS_MAX_LENGTHS && i < count; i++)
		if (xs_hold(pkt, lengths->length[i], bytes, hash))
			return true;
	return false;
}

/* Whether a block that has not expired holds the source: nearly always the filter says no. */
static __always_inline bool xs_is_blocked(const struct xs_packet *pkt, __u64 bytes)
{
	struct xs_words words = xs_words_of(pkt->family, pkt->saddr);
	__u32 serving = XS_FRONT_SERVING;
	__u32 networks = pkt->family == XS_FAMILY_IPV6 ? XS_LENGTHS_OF_NETWORKS6 : XS_LENGTHS_OF_NETWORKS4;
	struct xs_filter *filter = bpf_map_lookup_elem(&xs_block_front, &serving);
	__u32 hash = xs_filter_hash(words, xs_tag(pkt->family, xs_host_bits(pkt->family)));

	if (filter && xs_filter_has(&xs_block_filter, filter->coarse, filter->fine, hash) &&
	    xs_find_block(pkt, bytes, networks + 1, hash))
		return true;
	return xs_has_vicinity(&xs_block_vicinities, pkt->family, words) &&
	       xs_find_block(pkt, bytes, networks, hash);
}

/* Prefix length of the source that an address belongs to. A link-local neighbour (fe80::/10) is its own
 * source: the router is another one. */
static __always_inline __u32 xs_source_bits(const struct xs_packet *pkt)
{
	if (pkt->family == XS_FAMILY_IPV4)
		return 32;
	if (pkt->saddr[0] == 0xFE && (pkt->saddr[1] & 0xC0) == 0x80)
		return 128;
	return xs_source_bits6;
}

#endif
