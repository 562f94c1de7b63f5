// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The data plane behind a generator of random sources: a constant source would stay in the cache and flatter
 * every design. What the generator costs is in each program alike, and `xs_bench_none` tells how much it is.
 */
#include "xdpsentry.bpf.c"

#define XS_BENCH_SADDR4 (sizeof(struct ethhdr) + __builtin_offsetof(struct iphdr, saddr))
#define XS_BENCH_SADDR6 (sizeof(struct ethhdr) + __builtin_offsetof(struct ipv6hdr, saddr))

/*
 * A packet's source is a number between `first` and `first + span`, spread over all addresses by multiplication with an odd
 * constant, so that program.ts can block as many and know which: no table is needed that would fill the cache.
 * Where networks are blocked, one bit of the address tells theirs from those of nobody.
 */
const volatile __u64 xs_bench_first = 0;
const volatile __u64 xs_bench_span = 1ULL << 32;
const volatile __u32 xs_bench_set = 0;
const volatile __u32 xs_bench_clear = 0;
#define XS_BENCH_SPREAD4 0x9E3779B1u /* the golden ratio: neighbours in number are far apart as addresses */
#define XS_BENCH_SPREAD6 0xC2B2AE35u

static __always_inline bool xs_bench_randomise(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u32 number = xs_bench_first + (bpf_get_prandom_u32() * xs_bench_span >> 32);
	__u32 high = number * XS_BENCH_SPREAD4;
	__be32 *word;

	if ((void *)(eth + 1) > end)
		return false;
	if (eth->h_proto == bpf_htons(XS_ETH_P_IP)) {
		word = data + XS_BENCH_SADDR4;
		if ((void *)(word + 1) > end)
			return false;
		*word = bpf_htonl((high | xs_bench_set) & ~xs_bench_clear);
		return true;
	}
	word = data + XS_BENCH_SADDR6;
	if ((void *)(word + 2) > end)
		return false;
	/* 2000::/3 is what is in use of IPv6. */
	word[0] = bpf_htonl(((high >> 3 | 0x20000000) | xs_bench_set) & ~xs_bench_clear);
	word[1] = bpf_htonl(number * XS_BENCH_SPREAD6);
	return true;
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
