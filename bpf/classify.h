/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a packet to a monitored port is: a kind of probe, or something that real traffic sends. */
#ifndef XS_CLASSIFY_H
#define XS_CLASSIFY_H

#include "config.h"
#include "packet.h"

#define XS_TCP_FIN 0x01
#define XS_TCP_SYN 0x02
#define XS_TCP_RST 0x04
#define XS_TCP_PSH 0x08
#define XS_TCP_ACK 0x10
#define XS_TCP_URG 0x20
/* ECE and CWR are set in honest SYNs (RFC 3168) and say nothing about a scan. */
#define XS_TCP_FLAGS 0x3F

/* A kind, or 0 for an answer: SYN-ACK, RST. */
static __always_inline __u32 xs_tcp_kind(__u8 raw)
{
	__u8 flags = raw & XS_TCP_FLAGS;

	if (flags == 0)
		return XS_KIND_NULL;
	if (flags == XS_TCP_FIN)
		return XS_KIND_FIN;
	if (flags == (XS_TCP_FIN | XS_TCP_PSH | XS_TCP_URG))
		return XS_KIND_XMAS;
	/* No two of SYN, FIN and RST ever go together. */
	if (flags & XS_TCP_SYN) {
		if (flags & (XS_TCP_FIN | XS_TCP_RST))
			return flags & (XS_TCP_ACK | XS_TCP_RST) ? XS_KIND_ODD_REPLY : XS_KIND_ODD;
		return flags & XS_TCP_ACK ? 0 : XS_KIND_SYN;
	}
	if (flags & XS_TCP_RST)
		return flags & XS_TCP_FIN ? XS_KIND_ODD_REPLY : 0;
	/* After the first SYN every segment acknowledges (RFC 9293 section 3.1). */
	if (!(flags & XS_TCP_ACK))
		return XS_KIND_ODD;
	return flags & XS_TCP_FIN ? XS_KIND_MAIMON : XS_KIND_ACK;
}

#define XS_SCTP_INIT	    1
#define XS_SCTP_COOKIE_ECHO 10

/* The other chunks belong to an association that there is, or answer. */
static __always_inline __u32 xs_sctp_kind(__u8 chunk)
{
	return chunk == XS_SCTP_INIT || chunk == XS_SCTP_COOKIE_ECHO ? XS_KIND_SCTP : 0;
}

/* A kind, or 0 for an answer. */
static __always_inline __u32 xs_kind(const struct xs_packet *pkt)
{
	if (pkt->short_fragment)
		return XS_KIND_FRAGMENT;
	switch (pkt->proto) {
	case XS_PROTO_TCP:
		return xs_tcp_kind(pkt->tcp_flags);
	case XS_PROTO_UDP:
		return XS_KIND_UDP;
	case XS_PROTO_SCTP:
		return xs_sctp_kind(pkt->chunk);
	case XS_PROTO_ICMP:
		return XS_KIND_PING;
	default:
		return XS_KIND_PROTOCOL;
	}
}

/* Probes by their looks alone: no socket could be meant by them. */
static __always_inline bool xs_is_unmistakable(__u32 kind)
{
	return kind == XS_KIND_NULL || kind == XS_KIND_FIN || kind == XS_KIND_XMAS || kind == XS_KIND_ODD ||
	       kind == XS_KIND_ODD_REPLY || kind == XS_KIND_FRAGMENT;
}

/*
 * True when a late answer to a connection of this host's own would look the same: the socket has gone, and
 * the peer's last ACK, FIN+ACK or datagram arrives at the port that the connection came from.
 */
static __always_inline bool xs_may_be_late_answer(const struct xs_packet *pkt, __u32 kind)
{
	__u16 port = bpf_ntohs(pkt->dport);

	return (kind == XS_KIND_ACK || kind == XS_KIND_MAIMON || kind == XS_KIND_UDP) && xs_ephemeral_last &&
	       port >= xs_ephemeral_first && port <= xs_ephemeral_last;
}

static __always_inline bool xs_is_unicast(const struct xs_packet *pkt)
{
	if (pkt->group)
		return false;
	if (pkt->family == XS_FAMILY_IPV6)
		return pkt->daddr[0] != 0xFF;
	return pkt->daddr[0] < 224; /* 224/4 multicast, 240/4 reserved, 255.255.255.255 */
}

#endif
