/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who floods us right now. A blocked source that goes on is recognised by its address alone, on the CPU that
 * its packets come to (and a /64 of IPv6 whatever address of it comes): no table, no clock, no atomic
 * operation, and no cache line that CPUs fight for. What is cached holds for the running jiffy (1 to 10 ms)
 * and until the controller changes something (xs_epoch); so a block ends at most that late. Packets are
 * counted here and added to the block once a jiffy; who reads a block's counts adds what waits here.
 */
#ifndef XS_HOT_H
#define XS_HOT_H

#include "clock.h"
#include "filter.h"
#include "ignored.h"
#include "maps.h"
#include "packet.h"

static __always_inline __u64 xs_epoch_now(void)
{
	__u32 zero = 0;
	__u64 *epoch = bpf_map_lookup_elem(&xs_epoch, &zero);

	return epoch ? *epoch : 0;
}

static __always_inline struct xs_hot *xs_hot_at(__u32 hash)
{
	__u32 index = hash % XS_HOT_MAX;

	return bpf_map_lookup_elem(&xs_hot, &index);
}

static __always_inline bool xs_has_address(const __u8 *a, const __u8 *b)
{
	const __u64 *first = (const void *)a, *second = (const void *)b;

	return first[0] == second[0] && first[1] == second[1];
}

/* The block holds the source and is to drop it. Whether another address of the same /64 is ignored nobody has
 * asked yet. */
static __always_inline bool xs_holds(const struct xs_hot *hot, const struct xs_packet *pkt)
{
	const __u64 *mine = (const void *)hot->addr, *its = (const void *)pkt->saddr;

	if (hot->family != pkt->family || mine[0] != its[0])
		return false;
	if (mine[1] == its[1])
		return true;
	return hot->family == XS_FAMILY_IPV6 && hot->length <= XS_HOST_BITS6 && !xs_ignored_as(pkt);
}

static __always_inline bool xs_is_hot(struct xs_hot *hot, const struct xs_packet *pkt)
{
	return hot->jiffy == xs_jiffy() && hot->epoch == xs_epoch_now() && xs_holds(hot, pkt);
}

/* Adds what waits to the block that it is for. */
static __always_inline void xs_settle(struct xs_hot *hot)
{
	struct xs_prefix key;
	struct xs_block *block;

	if (!hot->packets)
		return;
	xs_prefix_of(&key, hot->family, hot->addr, hot->length);
	block = bpf_map_lookup_elem(&xs_blocks, &key);
	if (block && block->added_ns == hot->added_ns) {
		__sync_fetch_and_add(&block->packets, hot->packets);
		__sync_fetch_and_add(&block->bytes, hot->bytes);
	}
	hot->packets = 0;
	hot->bytes = 0;
}

/* The source is blocked by this block of this length, as of the epoch in which that was looked up. */
static __always_inline void xs_heat(struct xs_hot *hot, const struct xs_packet *pkt,
				    const struct xs_block *block, __u32 length, __u64 epoch)
{
	xs_settle(hot);
	__builtin_memcpy(hot->addr, pkt->saddr, sizeof(hot->addr));
	hot->family = pkt->family;
	hot->length = length;
	hot->added_ns = block->added_ns;
	hot->jiffy = xs_jiffy();
	hot->epoch = epoch;
}

#endif
