/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the wire to struct xs_packet, in two steps: up to the addresses, which is all that a block needs, then
 * on to the ports. Raw values go in; what they mean is decided in classify.h. A step answers 0 or the
 * xs_outcome with which the packet passes: what cannot be read is never dropped.
 */
#ifndef XS_PARSE_H
#define XS_PARSE_H

#include "config.h"
#include "wire.h"

#define XS_ETH_P_IP	       0x0800
#define XS_ETH_P_IPV6	       0x86DD
#define XS_ETH_P_8021Q	       0x8100
#define XS_ETH_P_8021AD	       0x88A8
#define XS_ETH_P_QINQ	       0x9100 /* before 802.1ad was a standard; still on the wire */
#define XS_MAX_VLAN_TAGS       2
#define XS_MAX_EXT_HEADERS     8 /* RFC 8504 section 5.3 lets a host limit them to 8 */
#define XS_IP_MORE_FRAGMENTS   0x2000
#define XS_IP_FRAGMENT_OFFSET  0x1FFF
#define XS_IP6_MORE_FRAGMENTS  0x0001
#define XS_IP6_FRAGMENT_OFFSET 0xFFF8
#define XS_MAX_OFFSET	       4095 /* no honest packet has its ports further in */
#define XS_NEXT_MOBILITY       135  /* RFC 6275 */
#define XS_NEXT_HIP	       139  /* RFC 7401 */
#define XS_NEXT_SHIM6	       140  /* RFC 5533 */

struct xs_packet {
	__u8 saddr[16]; /* an IPv4 address takes the first four bytes, the rest is zero */
	__u8 daddr[16];
	__be16 sport;
	__be16 dport;
	__u8 family;	/* XS_FAMILY_* */
	__u8 transport; /* IPPROTO_*; before xs_parse_transport: what follows the IP header */
	__u8 tcp_flags;
	__u32 offset;	     /* of the next header, from the start of the buffer */
	__u32 left;	     /* bytes from there to the end of the IP packet */
	bool group;	     /* the frame was sent to a group of stations */
	bool short_fragment; /* the first fragment ends inside the transport header */
	bool more_fragments; /* the first fragment of several */
};

/* The buffer that the packet lies in. */
struct xs_buffer {
	void *data;
	void *end;
};

struct xs_vlan_tag {
	__be16 tci;
	__be16 encapsulated;
};

/* IPv6 extension headers, all of them, start alike. */
struct xs_fragment_header {
	__u8 next;
	__u8 length_or_reserved; /* reserved in a fragment header: the sender may write here what he likes */
	__be16 offset_flags;
	__be32 id;
};

/*
 * The next `size` bytes, or NULL when the buffer or the IP packet (Ethernet pads short frames) ends before.
 * The position is an offset and not a pointer, and bounded anew at each step: that is what lets the verifier
 * see that two ways through the extension headers are alike.
 */
static __always_inline void *xs_peek(const struct xs_buffer *buf, const struct xs_packet *pkt, __u32 size)
{
	__u32 offset = pkt->offset;

	if (offset > XS_MAX_OFFSET || size > pkt->left || buf->data + offset + size > buf->end)
		return NULL;
	return buf->data + offset;
}

static __always_inline void xs_skip(struct xs_packet *pkt, __u32 size)
{
	pkt->offset += size;
	pkt->left -= size;
}

/* Ethernet and VLAN tags; `ethertype` comes in network byte order. */
static __always_inline int xs_parse_ethernet(const struct xs_buffer *buf, struct xs_packet *pkt,
					     __be16 *ethertype)
{
	struct ethhdr *eth = xs_peek(buf, pkt, sizeof(*eth));

	if (!eth)
		return XS_PASS_TRUNCATED;
	pkt->group = eth->h_dest[0] & 1;
	*ethertype = eth->h_proto;
	xs_skip(pkt, sizeof(*eth));

	for (int tags = 0; tags <= XS_MAX_VLAN_TAGS; tags++) {
		struct xs_vlan_tag *tag;

		if (*ethertype != bpf_htons(XS_ETH_P_8021Q) && *ethertype != bpf_htons(XS_ETH_P_8021AD) &&
		    *ethertype != bpf_htons(XS_ETH_P_QINQ))
			return 0;
		if (tags == XS_MAX_VLAN_TAGS)
			return XS_PASS_VLAN_DEPTH;
		tag = xs_peek(buf, pkt, sizeof(*tag));
		if (!tag)
			return XS_PASS_TRUNCATED;
		*ethertype = tag->encapsulated;
		xs_skip(pkt, sizeof(*tag));
	}
	return 0;
}

/* Without Ethernet the IP version says what it is. */
static __always_inline int xs_guess_ethertype(const struct xs_buffer *buf, const struct xs_packet *pkt,
					      __be16 *ethertype)
{
	__u8 *first = xs_peek(buf, pkt, 1);

	if (!first)
		return XS_PASS_TRUNCATED;
	*ethertype = *first >> 4 == 4	? bpf_htons(XS_ETH_P_IP)
		     : *first >> 4 == 6 ? bpf_htons(XS_ETH_P_IPV6)
					: 0;
	return 0;
}

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
	return 0;
}

/* Step one: who sent it, and to whom. Stays at the IP header. */
static __always_inline int xs_parse_addresses(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	__be16 ethertype = 0;
	int outcome;

	pkt->left = ~0U; /* until the IP header says otherwise */
	outcome = xs_no_ethernet ? xs_guess_ethertype(buf, pkt, &ethertype)
				 : xs_parse_ethernet(buf, pkt, &ethertype);
	if (outcome)
		return outcome;
	if (ethertype == bpf_htons(XS_ETH_P_IP))
		return xs_parse_ipv4_addresses(buf, pkt);
	if (ethertype == bpf_htons(XS_ETH_P_IPV6))
		return xs_parse_ipv6_addresses(buf, pkt);
	return XS_PASS_NOT_IP;
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
	if (!xs_peek(buf, pkt, sizeof(struct ipv6hdr)))
		return XS_PASS_TRUNCATED;
	xs_skip(pkt, sizeof(struct ipv6hdr));
	return xs_is_ext_header(pkt->transport) ? xs_skip_ext_headers(ctx, pkt) : 0;
}

/* A first fragment that ends inside the transport header still has its ports, and is suspicious for that. */
static __always_inline int xs_parse_short(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	__be16 *ports = xs_peek(buf, pkt, 2 * sizeof(*ports));

	if (!pkt->more_fragments || !ports)
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
		return xs_parse_short(buf, pkt);
	/* The options of a first fragment may go on in the next one. */
	if (tcp->doff < 5 || (tcp->doff * 4 > pkt->left && !pkt->more_fragments))
		return XS_PASS_BAD_HEADER;
	pkt->sport = tcp->source;
	pkt->dport = tcp->dest;
	pkt->tcp_flags = ((__u8 *)tcp)[13];
	return 0;
}

static __always_inline int xs_parse_udp(const struct xs_buffer *buf, struct xs_packet *pkt)
{
	struct udphdr *udp = xs_peek(buf, pkt, sizeof(*udp));

	if (!udp)
		return xs_parse_short(buf, pkt);
	if (bpf_ntohs(udp->len) < sizeof(*udp))
		return XS_PASS_BAD_HEADER;
	pkt->sport = udp->source;
	pkt->dport = udp->dest;
	return 0;
}

/* Step two: ports and flags. */
static __always_inline int xs_parse_transport(struct xdp_md *ctx, const struct xs_buffer *buf,
					      struct xs_packet *pkt)
{
	int outcome = pkt->family == XS_FAMILY_IPV4 ? xs_skip_ipv4(buf, pkt) : xs_skip_ipv6(ctx, buf, pkt);

	if (outcome)
		return outcome;
	if (pkt->transport == IPPROTO_TCP)
		return xs_parse_tcp(buf, pkt);
	if (pkt->transport == IPPROTO_UDP)
		return xs_parse_udp(buf, pkt);
	return XS_PASS_OTHER_PROTOCOL;
}

#endif
