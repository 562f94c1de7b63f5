/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sets of ports: one bit per port, XS_PORT_WORDS words per protocol. */
#ifndef XS_PORTS_H
#define XS_PORTS_H

#include "maps.h"
#include "packet.h"

static __always_inline bool xs_has_port(void *set, const struct xs_packet *pkt)
{
	__u16 port = bpf_ntohs(pkt->dport);
	__u32 index = pkt->proto * XS_PORT_WORDS + port / XS_PORTS_PER_WORD;
	__u64 *word = bpf_map_lookup_elem(set, &index);

	return word && (*word >> (port % XS_PORTS_PER_WORD) & 1);
}

static __always_inline bool xs_is_monitored(const struct xs_packet *pkt)
{
	return xs_has_port(&xs_monitored, pkt);
}

#endif
