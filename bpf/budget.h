/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* So much in so much time. */
#ifndef XS_BUDGET_H
#define XS_BUDGET_H

#include <linux/types.h>
#include <stdbool.h>

/*
 * Takes one from a budget: the running period in the upper half, what was spent in it in the lower. CPUs may
 * race here, and a few more or less go: a budget is no count. One
 * that is spent is only read, so that CPUs do not fight for its cache line when there is a flood.
 */
static __always_inline bool xs_spend(__u64 *budget, __u64 period, __u32 limit)
{
	__u64 spent = *budget;

	if (spent >> 32 != (period & 0xFFFFFFFF))
		spent = period << 32;
	if ((__u32)spent >= limit)
		return false;
	*budget = spent + 1;
	return true;
}

#endif
