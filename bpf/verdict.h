/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every packet ends here: counted by outcome, then passed or dropped; and nothing is dropped elsewhere. */
#ifndef XS_VERDICT_H
#define XS_VERDICT_H

#include "maps.h"
#include "trial.h"

static __always_inline int xs_verdict(enum xs_outcome outcome, __u64 bytes)
{
	struct xs_counter *counter;
	__u32 index;

	if (outcome >= XS_DROP_FIRST && xs_is_rolled_back())
		outcome = XS_PASS_ROLLED_BACK;
	index = outcome;
	counter = bpf_map_lookup_elem(&xs_outcomes, &index);
	if (counter) {
		counter->packets++;
		counter->bytes += bytes;
	}
	return outcome >= XS_DROP_FIRST ? XDP_DROP : XDP_PASS;
}

static __always_inline void xs_lose(enum xs_lost reason)
{
	__u32 index = reason;
	__u64 *count = bpf_map_lookup_elem(&xs_losses, &index);

	if (count)
		(*count)++;
}

#endif
