/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time, and chance. In a replay of a capture both are the capture's: whoever runs the program on a frame has
 * written into xs_moment when that came, so that the same capture has the same consequences every time.
 */
#ifndef XS_CLOCK_H
#define XS_CLOCK_H

#include "config.h"
#include "wire.h"

/* Of the frame at hand; in shared memory (.bss), and read in a replay only. */
struct xs_moment xs_moment;

/* CLOCK_BOOTTIME. */
static __always_inline __u64 xs_now_ns(void)
{
	return xs_is_replay ? xs_moment.now_ns : bpf_ktime_get_boot_ns();
}

/* CLOCK_MONOTONIC_COARSE: read from memory, no clock is asked (Linux 5.11). A jiffy late at most. */
static __always_inline __u64 xs_coarse_ns(void)
{
	return xs_is_replay ? xs_moment.now_ns : bpf_ktime_get_coarse_ns();
}

/* What is kept for a jiffy is kept in a replay while the clock stands still: a block ends when it should. */
static __always_inline __u64 xs_jiffy(void)
{
	return xs_is_replay ? xs_moment.now_ns : bpf_jiffies64();
}

static __always_inline __u32 xs_random(void)
{
	return xs_is_replay ? (__u32)xs_moment.now_ns * XS_HASH_1 >> 16 : bpf_get_prandom_u32();
}

#endif
