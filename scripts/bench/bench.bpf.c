// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The data plane behind a generator of random sources: a constant source would stay in the cache and flatter
 * every design. What the generator costs is in each program alike, and `xs_bench_none` tells how much it is.
 */
#include "xdpsentry.bpf.c"

#define XS_BENCH_SADDR4 (sizeof(struct ethhdr) + __builtin_offsetof(struct iphdr, saddr))
#define XS_BENCH_SADDR6 (sizeof(struct ethhdr) + __builtin_offsetof(struct ipv6hdr, saddr))

/* Bits of a source's first 32 that are drawn at random; the others stay as in the packet. Host byte order. */
const volatile __u32 xs_bench_mask = 0xFFFFFFFF;

static __always_inline bool xs_bench_draw(struct xdp_md *ctx, __u32 at)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__be32 *word = data + at;
	__be32 mask = bpf_htonl(xs_bench_mask);

	if ((void *)(word + 1) > end)
		return false;
	*word = (*word & ~mask) | (bpf_get_prandom_u32() & mask);
	return true;
}

static __always_inline bool xs_bench_randomise(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return false;
	return eth->h_proto == bpf_htons(XS_ETH_P_IP) ? xs_bench_draw(ctx, XS_BENCH_SADDR4)
						      : xs_bench_draw(ctx, XS_BENCH_SADDR6);
}

SEC("xdp")
int xs_bench_none(struct xdp_md *ctx)
{
	return xs_bench_randomise(ctx) ? XDP_PASS : XDP_ABORTED;
}

/* Parses and counts: the floor under any filter that looks at ports. */
SEC("xdp")
int xs_bench_parse(struct xdp_md *ctx)
{
	struct xs_buffer buf;
	struct xs_packet pkt = {};
	__u64 bytes = xs_bytes_of(ctx);
	int outcome;

	if (!xs_bench_randomise(ctx))
		return XDP_ABORTED;
	buf.data = (void *)(long)ctx->data;
	buf.end = (void *)(long)ctx->data_end;
	outcome = xs_parse_addresses(&buf, &pkt);
	if (!outcome)
		outcome = xs_parse_transport(ctx, &buf, &pkt);
	return xs_verdict(outcome ? outcome : XS_PASS_NOT_MONITORED, bytes);
}

SEC("xdp")
int xs_bench_sentry(struct xdp_md *ctx)
{
	__u64 bytes = xs_bytes_of(ctx);

	if (!xs_bench_randomise(ctx))
		return XDP_ABORTED;
	return xs_verdict(xs_judge(ctx, bytes), bytes);
}
