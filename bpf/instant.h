/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules that one probe decides: the block is in force before the packet has left the program. */
#ifndef XS_INSTANT_H
#define XS_INSTANT_H

#include "blocklist.h"
#include "classify.h"
#include "verdict.h"

/* Blocks the source if an instant rule says so. Answers when the block was in force, 0 when there is none. */
static __always_inline __u64 xs_block_instantly(const struct xs_prefix *source, const struct xs_packet *pkt,
						__u32 kind, __u32 ignored_as, __u64 now_ns, __u32 *rule)
{
	__u32 index = xs_proto(pkt) * XS_KIND_MAX + kind;
	struct xs_instant *instant = bpf_map_lookup_elem(&xs_instants, &index);
	struct xs_block fresh = { .added_ns = now_ns, .origin = XS_ORIGIN_LOCAL };

	if (!instant || !instant->enabled || ignored_as)
		return 0;
	fresh.rule = instant->rule;
	fresh.expires_ns = instant->duration_ns ? now_ns + instant->duration_ns : 0;
	/* What stands here is an expired block: one in force would have dropped the packet, but for a race
	 * with an operator within this very microsecond, in which the rule's duration wins. */
	if (bpf_map_update_elem(&xs_blocks, source, &fresh, BPF_ANY)) {
		xs_lose(XS_LOST_BLOCK_TABLE_FULL);
		return 0;
	}
	xs_front_add(source);
	*rule = instant->rule;
	return bpf_ktime_get_boot_ns();
}

#endif
