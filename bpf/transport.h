/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transport headers: ports and flags, or the numbers that stand for ports. */
#ifndef XS_TRANSPORT_H
#define XS_TRANSPORT_H

#include "packet.h"

/*
 * A first fragment that ends inside the transport header, of `header` bytes, still has its ports, and is
 * suspicious for that. One that says it goes on and was cut off on the way is not: no stack takes it.
 */
static __always_inline int xs_parse_short(const struct xs_buffer *buf, struct xs_packet *pkt, __u32 header)
{
	__be16 *ports = xs_peek(buf, pkt, 2 * sizeof(*ports));

	if (!pkt->more_fragments || pkt->left >= header || !ports)
		return XS_PASS_TRUNCATED;
	pkt->sport = ports[0];
	pkt->dport = ports[1];
	pkt->short_fragment = true;
	return 0;
}

static __always_inline int xs_parse_tcp(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct tcphdr *tcp = xs_peek(buf, pkt, sizeof(*tcp));

	if (!tcp)
		return xs_parse_short(buf, pkt, sizeof(*tcp));
	/* The options of a first fragment may go on in the next one. */
	if (tcp->doff < 5 || (tcp->doff * 4 > pkt->left && !pkt->more_fragments))
		return XS_PASS_BAD_HEADER;
	pkt->sport = tcp->source;
	pkt->dport = tcp->dest;
	pkt->tcp_flags = ((__u8 *)tcp)[13];
	pkt->tcp_header = tcp->doff * 4;
	pkt->tcp_seq = tcp->seq;
	pkt->tcp_window = tcp->window;
	return 0;
}

static __always_inline int xs_parse_udp(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct udphdr *udp = xs_peek(buf, pkt, sizeof(*udp));
	bool is_jumbo;

	if (!udp)
		return xs_parse_short(buf, pkt, sizeof(*udp));
	/* RFC 2675; Linux takes 0 for all that is left of any packet of IPv6. */
	is_jumbo = pkt->family == XS_FAMILY_IPV6 && !udp->len;
	if (bpf_ntohs(udp->len) < sizeof(*udp) && !is_jumbo)
		return XS_PASS_BAD_HEADER;
	pkt->sport = udp->source;
	pkt->dport = udp->dest;
	return 0;
}

/* SCTP's common header and the start of the first chunk (RFC 9260 section 3). */
struct xs_sctp_header {
	__be16 source;
	__be16 dest;
	__be32 tag;
	__le32 sum;
	__u8 chunk;
	__u8 chunk_flags;
	__be16 chunk_length;
};

/* A protocol with nothing, or nothing of use, in it: its number stands for the port. */
static __always_inline int xs_parse_bare(struct xs_packet *pkt)
{
	pkt->proto = XS_PROTO_IP;
	pkt->dport = bpf_htons(pkt->transport);
	return 0;
}

static __always_inline int xs_parse_sctp(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct xs_sctp_header *sctp = xs_peek(buf, pkt, sizeof(*sctp));

	/* Sent like that, and not cut off on the way: no association sends a packet without a chunk. */
	if (!sctp && !pkt->more_fragments && pkt->left < sizeof(*sctp))
		return xs_parse_bare(pkt);
	if (!sctp)
		return xs_parse_short(buf, pkt, sizeof(*sctp));
	pkt->sport = sctp->source;
	pkt->dport = sctp->dest;
	pkt->chunk = sctp->chunk;
	return 0;
}

/* Requests of ICMP (RFC 792, RFC 950) and ICMPv6 (RFC 4443). All else is an answer, an error that may be
 * about anybody's packet, or the business of neighbours. */
static __always_inline bool xs_is_icmp_request(__u8 family, __u8 type)
{
	return family == XS_FAMILY_IPV6 ? type == 128 : type == 8 || type == 13 || type == 15 || type == 17;
}

static __always_inline int xs_parse_icmp(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	__u8 *icmp = xs_peek(buf, pkt, 8);

	if (!icmp)
		return XS_PASS_TRUNCATED;
	if (!xs_is_icmp_request(pkt->family, *icmp))
		return XS_PASS_OTHER_PROTOCOL;
	pkt->dport = bpf_htons(*icmp);
	return 0;
}

#endif
