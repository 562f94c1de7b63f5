/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports at which nobody has been found just now. Under a flood the questions to the network stack (is there a socket, is it
 * for this host) cost more than all the rest, and the answers are the same for each SYN to one address and port: they are
 * kept, on each CPU, for the running jiffy (1 to 10 ms). A service that starts is noticed that much later.
 */
#ifndef XS_QUIET_H
#define XS_QUIET_H

#include "classify.h"
#include "hot.h"
#include "local.h"
#include "maps.h"

static __always_inline struct xs_quiet *xs_quiet_at(const struct xs_packet *pkt)
{
	const __u32 *words = (const void *)pkt->daddr;
	__u32 index = (bpf_ntohs(pkt->dport) ^ (words[0] ^ words[3]) * XS_HASH_1 >> 22) % XS_QUIET_MAX;

	return bpf_map_lookup_elem(&xs_quiet, &index);
}

/* What is known, in this jiffy, of where the packet goes: enum xs_quiet_bit. */
static __always_inline __u32 xs_known_of(const struct xs_quiet *quiet, const struct xs_packet *pkt)
{
	if (quiet->jiffy != bpf_jiffies64() || quiet->dport != pkt->dport || quiet->family != pkt->family ||
	    quiet->transport != pkt->transport || !xs_has_address(quiet->daddr, pkt->daddr))
		return 0;
	return quiet->known;
}

static __always_inline void xs_note_quiet(struct xs_quiet *quiet, const struct xs_packet *pkt, __u32 known)
{
	__builtin_memcpy(quiet->daddr, pkt->daddr, sizeof(quiet->daddr));
	quiet->dport = pkt->dport;
	quiet->family = pkt->family;
	quiet->transport = pkt->transport;
	quiet->known = known;
	quiet->jiffy = bpf_jiffies64();
}

/*
 * Whether the packet is for an unused port of this host: 0, or the outcome with which it passes. Only a SYN can mean a
 * listener and nothing else; what other packets mean may be a connection, which is of one peer.
 */
static __always_inline int xs_ask_stack(struct xdp_md *ctx, const struct xs_packet *pkt, __u32 kind)
{
	struct xs_quiet *quiet = xs_quiet_at(pkt);
	__u32 known = quiet ? xs_known_of(quiet, pkt) : 0, found = XS_QUIET_LOCAL;

	if ((xs_spare_served || !xs_is_unmistakable(kind)) && !(kind == XS_KIND_SYN && known & XS_QUIET_UNSERVED) &&
	    xs_is_served(ctx, pkt))
		return XS_PASS_IN_USE;
	if (xs_is_for_other_station(pkt))
		return XS_PASS_OTHER_HOST;
	if (!(known & XS_QUIET_LOCAL) && xs_is_forwarded(ctx, pkt))
		return XS_PASS_FORWARDED;
	if (kind == XS_KIND_SYN)
		found |= XS_QUIET_UNSERVED;
	if (quiet && (found & ~known))
		xs_note_quiet(quiet, pkt, found);
	return 0;
}

#endif
