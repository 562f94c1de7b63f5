/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet and VLAN tags, or nothing at all: what the IP header is wrapped in. */
#ifndef XS_ETHERNET_H
#define XS_ETHERNET_H

#include "packet.h"

#define XS_ETH_P_IP	0x0800
#define XS_ETH_P_IPV6	0x86DD
#define XS_ETH_P_8021Q	0x8100
#define XS_ETH_P_8021AD 0x88A8
#define XS_ETH_P_QINQ	0x9100 /* before 802.1ad was a standard; still on the wire */
/* Honest frames have two at most. But Linux takes off priority tags (VLAN 0) as many as there are. */
#define XS_MAX_VLAN_TAGS 64

struct xs_vlan_tag {
	__be16 tci;
	__be16 encapsulated;
};

/* Ethernet and VLAN tags; `ethertype` comes in network byte order. */
static __always_inline int xs_parse_ethernet(const struct xs_buffer *buf, struct xs_packet *pkt,
					     __be16 *ethertype)
{
	struct ethhdr *eth = xs_peek(buf, pkt, sizeof(*eth));

	if (!eth)
		return XS_PASS_TRUNCATED;
	pkt->group = eth->h_dest[0] & 1;
	__builtin_memcpy(pkt->station.addr, eth->h_dest, sizeof(eth->h_dest));
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

#endif
