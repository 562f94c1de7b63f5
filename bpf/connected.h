/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does the source hold a TCP connection to this host? Asked only where a rule would block it. */
#ifndef XS_CONNECTED_H
#define XS_CONNECTED_H

#include "maps.h"

/* A probe proves nothing of who has sent it. Who has completed a handshake must not be cut off by a packet
 * that anybody may have sent in his name. */
static __always_inline bool xs_is_connected(const struct xs_prefix *source)
{
	return bpf_map_lookup_elem(&xs_connected, source);
}

#endif
