/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is the source on the ignore list, or guarded? Asked of probes and of what would be dropped. */
#ifndef XS_IGNORED_H
#define XS_IGNORED_H

#include "config.h"
#include "filter.h"
#include "maps.h"
#include "packet.h"

/* What the ignore list says of the source: enum xs_ignore, 0 for nothing. */
static __always_inline __u32 xs_ignored_as(const struct xs_packet *pkt)
{
	struct xs_prefix key = { .bits = XS_FAMILY_BITS + 128, .family = pkt->family };
	__u32 *what;

	if (!xs_has_vicinity(&xs_ignored_vicinities, pkt->family, xs_words_of(pkt->family, pkt->saddr)))
		return 0;
	__builtin_memcpy(key.addr, pkt->saddr, sizeof(key.addr));
	what = bpf_map_lookup_elem(&xs_ignored, &key);
	return what ? *what : 0;
}

#endif
