/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is known of a packet, and the one way to read its bytes. */
#ifndef XS_PACKET_H
#define XS_PACKET_H

#include "wire.h"

#define XS_MAX_OFFSET 4095 /* no honest packet has its ports further in */

struct xs_packet {
	__u8 saddr[16]
	    __attribute__((aligned(8))); /* an IPv4 address takes the first four bytes, the rest is zero */
	__u8 daddr[16] __attribute__((aligned(8)));
	__be16 sport;
	__be16 dport;
	__u8 family;	/* XS_FAMILY_* */
	__u8 transport; /* IPPROTO_*; before xs_parse_transport: what follows the IP header */
	__u8 proto;	/* enum xs_proto */
	__u8 chunk;	/* type of the first chunk of SCTP */
	__u8 tcp_flags;
	__u8 tcp_header; /* bytes, with options */
	__u8 ttl;	 /* or hop limit */
	__be16 tcp_window;
	__be16 ip_id;
	__be32 tcp_seq;
	struct xs_station station; /* that the frame was sent to */
	__u32 offset;		   /* of the next header, from the start of the buffer */
	__u32 left;		   /* bytes from there to the end of the IP packet */
	bool group;		   /* the frame was sent to a group of stations */
	bool ip_options;	   /* the IPv4 header has options */
	bool short_fragment;	   /* the first fragment ends inside the transport header */
	bool more_fragments;	   /* the first fragment of several */
};

/* The buffer that the packet lies in. */
struct xs_buffer {
	void *data;
	void *end;
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

#endif
