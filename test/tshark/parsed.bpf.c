// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For tests: the parser of the data plane (bpf/parse.h) and nothing behind it. What it has read of a packet
 * can be seen in a map. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "parse.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* test/tshark/parser.ts reads it. Laid out for itself, so that struct xs_packet may change. */
struct xs_parsed {
	__u8 saddr[16];
	__u8 daddr[16];
	__be32 tcp_seq;
	__be16 sport;
	__be16 dport;
	__be16 tcp_window;
	__be16 ip_id;
	__u8 family;
	__u8 transport;
	__u8 tcp_flags;
	__u8 tcp_header;
	__u8 ttl;
	__u8 proto; /* enum xs_proto */
	__u8 chunk;
	__u8 short_fragment;
	__u8 addresses; /* what step one has answered: 0 or an xs_outcome */
	__u8 ports;	/* and step two */
	__u8 pad[2];
};
_Static_assert(sizeof(struct xs_parsed) == 56, "parser.ts goes by its offsets");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xs_parsed);
} xs_parsed SEC(".maps");

SEC("xdp")
int xs_show_parsed(struct xdp_md *ctx)
{
	struct xs_buffer buf = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	struct xs_packet pkt = {};
	struct xs_parsed *parsed;
	__u32 zero = 0;

	parsed = bpf_map_lookup_elem(&xs_parsed, &zero);
	if (!parsed)
		return XDP_ABORTED;
	parsed->addresses = xs_parse_addresses(&buf, &pkt);
	parsed->ports = parsed->addresses ? 0 : xs_parse_transport(ctx, &buf, &pkt);
	__builtin_memcpy(parsed->saddr, pkt.saddr, sizeof(pkt.saddr));
	__builtin_memcpy(parsed->daddr, pkt.daddr, sizeof(pkt.daddr));
	parsed->tcp_seq = pkt.tcp_seq;
	parsed->sport = pkt.sport;
	parsed->dport = pkt.dport;
	parsed->tcp_window = pkt.tcp_window;
	parsed->ip_id = pkt.ip_id;
	parsed->family = pkt.family;
	parsed->transport = pkt.transport;
	parsed->tcp_flags = pkt.tcp_flags;
	parsed->tcp_header = pkt.tcp_header;
	parsed->ttl = pkt.ttl;
	parsed->proto = pkt.proto;
	parsed->chunk = pkt.chunk;
	parsed->short_fragment = pkt.short_fragment;
	return XDP_PASS;
}
