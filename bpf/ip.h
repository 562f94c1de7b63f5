/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The IP headers: addresses first, then the way past options and extension headers. */
#ifndef XS_IP_H
#define XS_IP_H

#include "packet.h"

#define XS_IP_MORE_FRAGMENTS   0x2000
#define XS_IP_FRAGMENT_OFFSET  0x1FFF
#define XS_IP6_MORE_FRAGMENTS  0x0001
#define XS_IP6_FRAGMENT_OFFSET 0xFFF8
#define XS_MAX_EXT_HEADERS     64  /* Linux sets no limit; honest packets have two or three */
#define XS_NEXT_MOBILITY       135 /* RFC 6275 */
#define XS_NEXT_HIP	       139 /* RFC 7401 */
#define XS_NEXT_SHIM6	       140 /* RFC 5533 */

/* IPv6 extension headers, all of them, start alike. */
struct xs_fragment_header {
	__u8 next;
	__u8 length_or_reserved; /* reserved in a fragment header: the sender may write here what he likes */
	__be16 offset_flags;
	__be32 id;
};

static __always_inline int xs_parse_ipv4_addresses(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct iphdr *ip = xs_peek(buf, pkt, sizeof(*ip));

	if (!ip)
		return XS_PASS_TRUNCATED;
	if (ip->version != 4 || ip->ihl < 5)
		return XS_PASS_BAD_HEADER;
	pkt->family = XS_FAMILY_IPV4;
	__builtin_memcpy(pkt->saddr, &ip->saddr, sizeof(ip->saddr));
	__builtin_memcpy(pkt->daddr, &ip->daddr, sizeof(ip->daddr));
	pkt->transport = ip->protocol;
	pkt->left =
	    bpf_ntohs(ip->tot_len); /* judged in step two: a lie about it shall not save a blocked source */
	return 0;
}

static __always_inline int xs_parse_ipv6_addresses(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct ipv6hdr *ip6 = xs_peek(buf, pkt, sizeof(*ip6));

	if (!ip6)
		return XS_PASS_TRUNCATED;
	if (ip6->version != 6)
		return XS_PASS_BAD_HEADER;
	pkt->family = XS_FAMILY_IPV6;
	__builtin_memcpy(pkt->saddr, &ip6->saddr, sizeof(pkt->saddr));
	__builtin_memcpy(pkt->daddr, &ip6->daddr, sizeof(pkt->daddr));
	pkt->transport = ip6->nexthdr;
	pkt->left = sizeof(*ip6) + bpf_ntohs(ip6->payload_len);
	/* A jumbogram, says the header, and Linux does not look at the length any more: it takes the whole
	 * frame, also where the hop-by-hop options that follow say nothing of one (RFC 2675). */
	if (!ip6->payload_len && ip6->nexthdr == IPPROTO_HOPOPTS)
		pkt->left = ~0U;
	return 0;
}

/* Past the IPv4 header with its options. */
static __always_inline int xs_skip_ipv4(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct iphdr *ip = xs_peek(buf, pkt, sizeof(*ip));
	__u32 header;
	__u16 fragment;

	if (!ip)
		return XS_PASS_BAD_HEADER; /* it was there in step one: the total length must be too small */
	header = ip->ihl * 4;
	if (header > pkt->left)
		return XS_PASS_BAD_HEADER;
	fragment = bpf_ntohs(ip->frag_off);
	if (fragment & XS_IP_FRAGMENT_OFFSET)
		return XS_PASS_FRAGMENT;
	pkt->more_fragments = fragment & XS_IP_MORE_FRAGMENTS;
	pkt->ip_options = ip->ihl > 5;
	pkt->ip_id = ip->id;
	pkt->ttl = ip->ttl;
	if (!xs_peek(buf, pkt, header))
		return XS_PASS_TRUNCATED;
	xs_skip(pkt, header);
	return 0;
}

static __always_inline bool xs_is_ext_header(__u8 next)
{
	switch (next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_FRAGMENT:
	case XS_NEXT_MOBILITY:
	case XS_NEXT_HIP:
	case XS_NEXT_SHIM6:
		return true;
	default:
		return false;
	}
}

/*
 * Past one extension header. Three length rules: a fragment header has a fixed size, an authentication header
 * counts in 4 bytes and starts at 2 (RFC 4302), all others count in 8 and start at 1.
 */
static __always_inline int xs_skip_ext_header(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	/* The smallest extension header of any kind has 8 bytes. */
	struct xs_fragment_header *header = xs_peek(buf, pkt, sizeof(*header));
	__u32 size = sizeof(*header);

	if (!header)
		return XS_PASS_TRUNCATED;
	if (pkt->transport == IPPROTO_FRAGMENT) {
		__u16 bits = bpf_ntohs(header->offset_flags);

		if (bits & XS_IP6_FRAGMENT_OFFSET)
			return XS_PASS_FRAGMENT;
		pkt->more_fragments |= bits & XS_IP6_MORE_FRAGMENTS;
	} else {
		__u8 length = header->length_or_reserved;

		size = pkt->transport == IPPROTO_AH ? (length + 2) * 4 : (length + 1) * 8;
	}
	pkt->transport = header->next;
	if (!xs_peek(buf, pkt, size))
		return XS_PASS_TRUNCATED;
	xs_skip(pkt, size);
	return 0;
}

/* Past all extension headers. A global function, so that the verifier walks it once and not once per way that
 * leads here. */
__noinline int xs_skip_ext_headers(struct xdp_md *ctx, struct xs_packet *pkt)
{
	struct xs_buffer buf = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };

	if (!pkt)
		return XS_PASS_BAD_HEADER;
	for (int headers = 0; headers < XS_MAX_EXT_HEADERS; headers++) {
		int outcome = xs_skip_ext_header(&buf, pkt);

		if (outcome || !xs_is_ext_header(pkt->transport))
			return outcome;
	}
	return XS_PASS_EXT_HEADERS;
}

static __always_inline int xs_skip_ipv6(struct xdp_md *ctx, const struct xs_buffer *buf,
					struct xs_packet *pkt)
{
	struct ipv6hdr *ip6 = xs_peek(buf, pkt, sizeof(*ip6));

	if (!ip6)
		return XS_PASS_TRUNCATED;
	pkt->ttl = ip6->hop_limit;
	xs_skip(pkt, sizeof(struct ipv6hdr));
	return xs_is_ext_header(pkt->transport) ? xs_skip_ext_headers(ctx, pkt) : 0;
}

#endif
