/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Enforcement on trial. Unless somebody confirms it in time nothing is dropped any more and no rule blocks:
 * the kernel's clock decides that, so that it holds as well when the controller hangs, was killed, or cannot
 * be reached any more by the one who would stop it. Asked of what would be dropped or blocked; nobody else
 * pays for it.
 */
#ifndef XS_TRIAL_H
#define XS_TRIAL_H

#include <stdbool.h>

#include "clock.h"
#include "maps.h"

/*
 * The time for a confirmation has passed without one. The coarse clock it is, for to ask the
 * precise one would cost as much again as to drop a packet. It stands still while the host sleeps.
 */
static __always_inline bool xs_is_rolled_back(void)
{
	__u32 zero = 0;
	struct xs_trial *trial = bpf_map_lookup_elem(&xs_trial, &zero);
	__u64 until_ns = trial ? trial->until_ns : 0;

	return until_ns && xs_coarse_ns() >= until_ns;
}

#endif
