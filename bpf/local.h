/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to the network stack: does a socket serve this packet, is it for this host at all? */
#ifndef XS_LOCAL_H
#define XS_LOCAL_H

#include "clock.h"
#include "config.h"
#include "maps.h"
#include "packet.h"
#include "ports.h"

#define XS_AF_INET  2
#define XS_AF_INET6 10

/*
 * A socket of the device's network namespace: listening, connected, or in TIME_WAIT. It is what PortSentry's
 * bind() test tried to find out, without its races. In a replay it is one of the host that the frame went to.
 * Or what the controller has found to take the place of one.
 */
static __always_inline bool xs_is_served(struct xdp_md *ctx, const struct xs_packet *pkt)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;
	__u32 size;

	if (xs_has_port(&xs_served, pkt))
		return true;
	if (pkt->proto != XS_PROTO_TCP && pkt->proto != XS_PROTO_UDP)
		return false; /* what serves others nobody can ask for */
	if (xs_is_replay)
		return xs_moment.is_served;
	if (pkt->family == XS_FAMILY_IPV4) {
		__builtin_memcpy(&tuple.ipv4.saddr, pkt->saddr, sizeof(tuple.ipv4.saddr));
		__builtin_memcpy(&tuple.ipv4.daddr, pkt->daddr, sizeof(tuple.ipv4.daddr));
		tuple.ipv4.sport = pkt->sport;
		tuple.ipv4.dport = pkt->dport;
		size = sizeof(tuple.ipv4);
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, pkt->saddr, sizeof(tuple.ipv6.saddr));
		__builtin_memcpy(tuple.ipv6.daddr, pkt->daddr, sizeof(tuple.ipv6.daddr));
		tuple.ipv6.sport = pkt->sport;
		tuple.ipv6.dport = pkt->dport;
		size = sizeof(tuple.ipv6);
	}
	if (pkt->transport == IPPROTO_TCP)
		sk = bpf_skc_lookup_tcp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	else
		sk = bpf_sk_lookup_udp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

/* True when the frame was sent to another station and is seen here by a bridge, a mirror or promiscuous mode.
 */
static __always_inline bool xs_is_for_other_station(const struct xs_packet *pkt)
{
	return xs_skip_other_stations && !bpf_map_lookup_elem(&xs_stations, &pkt->station);
}

/* What the routing table says of the packet: BPF_FIB_LKUP_RET_*. */
static __always_inline long xs_route_of(struct xdp_md *ctx, const struct xs_packet *pkt)
{
	struct bpf_fib_lookup fib = {};

	fib.ifindex = ctx->ingress_ifindex;
	fib.l4_protocol = pkt->transport;
	if (pkt->family == XS_FAMILY_IPV4) {
		fib.family = XS_AF_INET;
		__builtin_memcpy(&fib.ipv4_src, pkt->saddr, sizeof(fib.ipv4_src));
		__builtin_memcpy(&fib.ipv4_dst, pkt->daddr, sizeof(fib.ipv4_dst));
	} else {
		fib.family = XS_AF_INET6;
		__builtin_memcpy(fib.ipv6_src, pkt->saddr, sizeof(fib.ipv6_src));
		__builtin_memcpy(fib.ipv6_dst, pkt->daddr, sizeof(fib.ipv6_dst));
	}
	return bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
}

/* True when this host is a router on the packet's way and not its end. */
static __always_inline bool xs_is_forwarded(long route)
{
	/* Of the others, NOT_FWDED is for this host, FWD_DISABLED says that it is no router; and where a
	 * route refuses (BLACKHOLE, UNREACHABLE, PROHIBIT) nobody is there whom an honest packet could mean.
	 */
	return route == BPF_FIB_LKUP_RET_SUCCESS || route == BPF_FIB_LKUP_RET_NO_NEIGH ||
	       route == BPF_FIB_LKUP_RET_FRAG_NEEDED || route == BPF_FIB_LKUP_RET_UNSUPP_LWT;
}

#endif
