/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the wire to struct xs_packet, in two steps: up to the addresses, which is all that a block needs, then
 * on to the ports. Raw values go in; what they mean is decided in classify.h. A step answers 0 or the
 * xs_outcome with which the packet passes: what cannot be read is never dropped.
 */
#ifndef XS_PARSE_H
#define XS_PARSE_H

#include "config.h"
#include "ethernet.h"
#include "ip.h"
#include "transport.h"

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

static __always_inline enum xs_proto xs_proto_of(const struct xs_packet *pkt)
{
	switch (pkt->transport) {
	case IPPROTO_TCP:
		return XS_PROTO_TCP;
	case IPPROTO_UDP:
		return XS_PROTO_UDP;
	case IPPROTO_SCTP:
		return XS_PROTO_SCTP;
	case IPPROTO_ICMP:
		return pkt->family == XS_FAMILY_IPV4 ? XS_PROTO_ICMP : XS_PROTO_IP;
	case IPPROTO_ICMPV6:
		return pkt->family == XS_FAMILY_IPV6 ? XS_PROTO_ICMP : XS_PROTO_IP;
	default:
		return XS_PROTO_IP;
	}
}

/* Step two: ports and flags. */
static __always_inline int xs_parse_transport(struct xdp_md *ctx, const struct xs_buffer *buf,
					      struct xs_packet *pkt)
{
	int outcome = pkt->family == XS_FAMILY_IPV4 ? xs_skip_ipv4(buf, pkt) : xs_skip_ipv6(ctx, buf, pkt);

	if (outcome)
		return outcome;
	pkt->proto = xs_proto_of(pkt);
	switch (pkt->proto) {
	case XS_PROTO_TCP:
		return xs_parse_tcp(buf, pkt);
	case XS_PROTO_UDP:
		return xs_parse_udp(buf, pkt);
	case XS_PROTO_SCTP:
		return xs_parse_sctp(buf, pkt);
	case XS_PROTO_ICMP:
		return xs_parse_icmp(buf, pkt);
	default:
		return xs_parse_bare(pkt);
	}
}

#endif
