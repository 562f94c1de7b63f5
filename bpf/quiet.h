/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports at which nobody has been found just now. Under a flood the questions to the network stack (is there a
 * socket, is it for this host) cost more than all the rest, and the answers are the same for each SYN to one
 * address and port: they are kept, on each CPU, for 17 ms at most. (Where this host is a router, only the
 * first: the other depends on the source, too.) A service that starts is noticed that much later, and only if
 * its port has just been probed.
 */
#ifndef XS_QUIET_H
#define XS_QUIET_H

#include "classify.h"
#include "hot.h"
#include "local.h"
#include "maps.h"

/* Two lines: one for the address, where the port is 0, and one for the address and port. */
static __always_inline struct xs_quiet *xs_quiet_at(const struct xs_packet *pkt, __be16 port)
{
	const __u32 *words = (const void *)pkt->daddr;
	__u32 index = (bpf_ntohs(port) ^ (words[0] ^ words[3]) * XS_HASH_1 >> 22) % XS_QUIET_MAX;

	return bpf_map_lookup_elem(&xs_quiet, &index);
}

static __always_inline bool xs_is_quiet(const struct xs_quiet *quiet, const struct xs_packet *pkt,
					__be16 port, __u32 period)
{
	return quiet->period == period && quiet->port == port && quiet->family == pkt->family &&
	       xs_has_address(quiet->daddr, pkt->daddr);
}

static __always_inline void xs_note_quiet(struct xs_quiet *quiet, const struct xs_packet *pkt, __be16 port,
					  __u32 period)
{
	__builtin_memcpy(quiet->daddr, pkt->daddr, sizeof(quiet->daddr));
	quiet->port = port;
	quiet->family = pkt->family;
	quiet->period = period;
}

/* No socket serves the port. Only a SYN can mean a listener and nothing else; what other packets mean may be
 * a connection, which is of one peer. Port 0 is asked for each time: the line with that port is the
 * address's own. */
static __always_inline bool xs_is_unserved(struct xdp_md *ctx, const struct xs_packet *pkt, __u32 kind,
					   __u32 period)
{
	bool may_keep = !xs_is_replay && kind == XS_KIND_SYN && pkt->dport;
	struct xs_quiet *quiet = may_keep ? xs_quiet_at(pkt, pkt->dport) : NULL;

	if (!xs_spare_served && xs_is_unmistakable(kind))
		return true;
	if (quiet && xs_is_quiet(quiet, pkt, pkt->dport, period))
		return true;
	if (xs_is_served(ctx, pkt))
		return false;
	if (quiet)
		xs_note_quiet(quiet, pkt, pkt->dport, period);
	return true;
}

/* This host is where the packet goes, and not a router on its way. */
static __always_inline bool xs_is_for_us(struct xdp_md *ctx, const struct xs_packet *pkt, __u32 period)
{
	struct xs_quiet *quiet;
	long route;

	if (!xs_skip_forwarded)
		return true;
	quiet = xs_quiet_at(pkt, 0);
	if (quiet && xs_is_quiet(quiet, pkt, 0, period))
		return true;
	route = xs_route_of(ctx, pkt);
	if (xs_is_forwarded(route))
		return false;
	/* What a router's table says depends on the source as well, and that may be forged. */
	if (quiet && route == BPF_FIB_LKUP_RET_FWD_DISABLED)
		xs_note_quiet(quiet, pkt, 0, period);
	return true;
}

/* Whether the packet is for an unused port of this host: 0, or the outcome with which it passes. */
static __always_inline int xs_ask_stack(struct xdp_md *ctx, const struct xs_packet *pkt, __u32 kind,
					__u64 coarse_ns)
{
	__u32 period = (coarse_ns >> 24) + 1; /* never 0, which is what an empty line has */

	if (!xs_is_unserved(ctx, pkt, kind, period))
		return XS_PASS_IN_USE;
	if (xs_is_for_other_station(pkt))
		return XS_PASS_OTHER_HOST;
	if (!xs_is_for_us(ctx, pkt, period))
		return XS_PASS_FORWARDED;
	return 0;
}

#endif
