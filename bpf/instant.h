/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Blocks of the kernel's own: in force before the packet that brought them about has left the program. */
#ifndef XS_INSTANT_H
#define XS_INSTANT_H

#include "blocklist.h"
#include "classify.h"
#include "clock.h"
#include "rule.h"
#include "trial.h"
#include "verdict.h"

/* A rule of the kernel that says block. */
struct xs_sentence {
	__u64 duration_ns; /* 0: until it is lifted */
	__u32 rule;	   /* number of the rule */
	bool passed;	   /* there is one */
};

/* What the rules say of this probe; of several the first one counts. */
static __always_inline struct xs_sentence xs_sentence_for(struct xs_source *source,
							  const struct xs_visit *visit)
{
	__u32 index = visit->proto * XS_KIND_MAX + visit->kind;
	struct xs_instant *instant = bpf_map_lookup_elem(&xs_instants, &index);
	struct xs_rule *rule = source && xs_rule_count ? xs_fulfilled(source, visit) : NULL;
	struct xs_sentence sentence = {};

	if (instant && instant->enabled && !(rule && rule->rule < instant->rule)) {
		sentence = (struct xs_sentence){ instant->duration_ns, instant->rule, true };
	} else if (rule) {
		sentence = (struct xs_sentence){ rule->duration_ns, rule->rule, true };
	}
	return sentence;
}

/* Blocks the source. Answers when the block was in force; 0 when there was no room, or none is made any more.
 */
static __always_inline __u64 xs_block(const struct xs_prefix *source, const struct xs_sentence *sentence,
				      __u64 now_ns)
{
	struct xs_block fresh = {
		.added_ns = now_ns,
		.origin = XS_ORIGIN_LOCAL,
		.rule = sentence->rule,
		.expires_ns = sentence->duration_ns ? now_ns + sentence->duration_ns : 0,
	};
	struct xs_block *old;

	if (xs_is_rolled_back())
		return 0;
	old = bpf_map_lookup_elem(&xs_blocks, source);
	/* In force: another CPU, or an operator, was faster than this packet. */
	if (old && !xs_is_expired(old, now_ns))
		return xs_now_ns();
	if (bpf_map_update_elem(&xs_blocks, source, &fresh, BPF_ANY)) {
		xs_lose(XS_LOST_BLOCK_TABLE_FULL);
		return 0;
	}
	xs_front_add(source);
	return xs_now_ns();
}

#endif
