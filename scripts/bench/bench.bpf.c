// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The data plane behind a generator of random sources: a constant source would stay in the cache and flatter
 * every design. What the generator costs is in each program alike, and `xs_bench_none` tells how much it is.
 */
#include "xdpsentry.bpf.c"

#define XS_BENCH_SADDR4 (sizeof(struct ethhdr) + __builtin_offsetof(struct iphdr, saddr))
#define XS_BENCH_SADDR6 (sizeof(struct ethhdr) + __builtin_offsetof(struct ipv6hdr, saddr))

/*
 * A packet's source is a number between `first` and `first + span`, spread over all addresses by
 * multiplication with an odd constant, so that program.ts can block as many and know which: no table is
 * needed that would fill the cache. Where networks are blocked, one bit of the address tells theirs from
 * those of nobody.
 */
struct xs_bench_draw {
	__u64 first;
	__u64 span;
	__u32 set;
	__u32 clear;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xs_bench_draw);
} xs_bench_draws SEC(".maps");
#define XS_BENCH_SPREAD4 0x9E3779B1u /* the golden ratio: neighbours in number are far apart as addresses */
#define XS_BENCH_SPREAD6 0xC2B2AE35u

static __always_inline bool xs_bench_randomise(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u32 zero = 0, number, high;
	struct xs_bench_draw *draw = bpf_map_lookup_elem(&xs_bench_draws, &zero);
	__be32 *word;

	if ((void *)(eth + 1) > end || !draw)
		return false;
	number = draw->first + (bpf_get_prandom_u32() * draw->span >> 32);
	high = number * XS_BENCH_SPREAD4;
	if (eth->h_proto == bpf_htons(XS_ETH_P_IP)) {
		word = data + XS_BENCH_SADDR4;
		if ((void *)(word + 1) > end)
			return false;
		*word = bpf_htonl((high | draw->set) & ~draw->clear);
		return true;
	}
	word = data + XS_BENCH_SADDR6;
	if ((void *)(word + 2) > end)
		return false;
	/* 2000::/3 is what is in use of IPv6. */
	word[0] = bpf_htonl(((high >> 3 | 0x20000000) | draw->set) & ~draw->clear);
	word[1] = bpf_htonl(number * XS_BENCH_SPREAD6);
	return true;
}

SEC("xdp")
int xs_bench_none(struct xdp_md *ctx)
{
	return xs_bench_randomise(ctx) ? XDP_PASS : XDP_ABORTED;
}

/* What a filter without anything in front would ask for each packet: addresses in a hash, networks in a trie.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct xs_prefix);
	__type(value, __u32);
} xs_bench_plain_hash SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct xs_prefix);
	__type(value, __u32);
} xs_bench_plain_trie SEC(".maps");

/* Parses and counts, and asks that map, if any, whether the source is blocked. */
static __always_inline int xs_bench_ask(struct xdp_md *ctx, void *map, bool trie)
{
	struct xs_buffer buf;
	struct xs_packet pkt = {};
	__u64 bytes = xs_bytes_of(ctx);
	struct xs_prefix key;
	int outcome;

	if (!xs_bench_randomise(ctx))
		return XDP_ABORTED;
	buf.data = (void *)(long)ctx->data;
	buf.end = (void *)(long)ctx->data_end;
	outcome = xs_parse_addresses(&buf, &pkt);
	if (outcome)
		return xs_verdict(outcome, bytes);
	if (map) {
		xs_prefix_of(&key, pkt.family, pkt.saddr, trie ? 128 : xs_host_bits(pkt.family));
		if (bpf_map_lookup_elem(map, &key))
			return xs_verdict(XS_DROP_BLOCKED, bytes);
	}
	outcome = xs_parse_transport(ctx, &buf, &pkt);
	return xs_verdict(outcome ? outcome : XS_PASS_NOT_MONITORED, bytes);
}

/* The floor under any filter that looks at ports. */
SEC("xdp")
int xs_bench_parse(struct xdp_md *ctx)
{
	return xs_bench_ask(ctx, NULL, false);
}

SEC("xdp")
int xs_bench_hash(struct xdp_md *ctx)
{
	return xs_bench_ask(ctx, &xs_bench_plain_hash, false);
}

SEC("xdp")
int xs_bench_trie(struct xdp_md *ctx)
{
	return xs_bench_ask(ctx, &xs_bench_plain_trie, true);
}

SEC("xdp")
int xs_bench_sentry(struct xdp_md *ctx)
{
	__u64 bytes = xs_bytes_of(ctx);

	if (!xs_bench_randomise(ctx))
		return XDP_ABORTED;
	return xs_verdict(xs_judge(ctx, bytes), bytes);
}
