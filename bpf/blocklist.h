/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is the source blocked? By address alone, so that no odd protocol, fragment or extension header helps it. */
#ifndef XS_BLOCKLIST_H
#define XS_BLOCKLIST_H

#include "config.h"
#include "maps.h"
#include "packet.h"

/* The address of `addr` with all bits behind the first `length` cleared. */
static __always_inline void xs_prefix_of(struct xs_prefix *prefix, __u8 family, const __u8 *addr,
					 __u32 length)
{
	__be64 words[2] = {};
	__u64 high, low;

	__builtin_memcpy(words, addr, sizeof(words));
	high = length >= 64 ? ~0ULL : ~(~0ULL >> (length & 63));
	low = length >= 128 ? ~0ULL : length <= 64 ? 0 : ~(~0ULL >> (length & 63));
	words[0] &= bpf_cpu_to_be64(high);
	words[1] &= bpf_cpu_to_be64(low);
	__builtin_memcpy(prefix->addr, words, sizeof(words));
	prefix->family = family;
	prefix->bits = XS_FAMILY_BITS + length;
}

/* What the ignore list says of the source: enum xs_ignore, 0 for nothing. */
static __always_inline __u32 xs_ignored_as(const struct xs_packet *pkt)
{
	struct xs_prefix key = { .bits = XS_FAMILY_BITS + 128, .family = pkt->family };
	__u32 *what;

	__builtin_memcpy(key.addr, pkt->saddr, sizeof(key.addr));
	what = bpf_map_lookup_elem(&xs_ignored, &key);
	return what ? *what : 0;
}

static __always_inline bool xs_is_expired(const struct xs_block *block, __u64 now_ns)
{
	return block->expires_ns && block->expires_ns <= now_ns;
}

/*
 * Whether a block that has not expired holds the source: one hash lookup per prefix length in use. A hit is
 * rare, so what it costs beyond that (the clock, the ignore list) does not matter. A global function, for the
 * verifier's sake.
 */
__noinline int xs_is_blocked(const struct xs_packet *pkt, __u64 bytes)
{
	struct xs_lengths *lengths;
	__u32 index, count;

	if (!pkt)
		return false;
	index = pkt->family == XS_FAMILY_IPV6;
	lengths = bpf_map_lookup_elem(&xs_block_lengths, &index);
	if (!lengths)
		return false;
	count = lengths->count;
	for (__u32 i = 0; i < XS_MAX_LENGTHS && i < count; i++) {
		struct xs_prefix key;
		struct xs_block *block;
		__u64 now_ns;

		xs_prefix_of(&key, pkt->family, pkt->saddr, lengths->length[i]);
		block = bpf_map_lookup_elem(&xs_blocks, &key);
		if (!block)
			continue;
		now_ns = bpf_ktime_get_boot_ns();
		if (xs_is_expired(block, now_ns))
			continue; /* a wider block may still hold */
		if (xs_ignored_as(pkt))
			return false; /* ignored and guarded sources alike: whatever the block says */
		__sync_fetch_and_add(&block->packets, 1);
		__sync_fetch_and_add(&block->bytes, bytes);
		block->last_seen_ns = now_ns;
		return true;
	}
	return false;
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
