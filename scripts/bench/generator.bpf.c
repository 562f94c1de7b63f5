// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sends frames. Run with BPF_F_TEST_XDP_LIVE_FRAMES, each run of the program is handed a frame, changes its
 * source and port, and redirects it to an interface; on a veth it comes out at the other end in softirq on
 * the same CPU. The kernel hands frames out again and again, and they come as they went: what is not changed
 * here stays the template's.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Where the frames go out. */
const volatile __u32 xs_gen_ifindex = 0;

/* The template is a TCP segment over IPv6; otherwise one over IPv4 without options. */
const volatile bool xs_gen_ipv6 = false;

/* The part of a source that changes: its address (IPv4), or the last 32 bits of its /64. Host byte order. */
const volatile __u32 xs_gen_first_source = 0;

/* So many sources follow on one another from the first on, and so many ports from 1 on; no ports: the
 * template's. */
const volatile __u32 xs_gen_sources = 1;
const volatile __u32 xs_gen_ports = 0;

/* Draw sources and ports. Otherwise ports go round, and each source sends so many frames before the next. */
const volatile bool xs_gen_random = false;
const volatile __u32 xs_gen_in_a_row = 1;

__u64 xs_gen_sent = 0;

/* Replaces a 16-bit word that a checksum covers (RFC 1624, equation 3). */
static __always_inline __u16 xs_gen_checksum(__u16 check, __u32 was, __u32 is)
{
	__u32 sum = (__u16)~check;

	sum += (__u16)~was;
	sum += (__u16) ~(was >> 16);
	sum += (__u16)is;
	sum += is >> 16;
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return ~sum;
}

static __always_inline __u32 xs_gen_draw(__u32 of)
{
	return ((__u64)bpf_get_prandom_u32() * of) >> 32;
}

static __always_inline __be32 xs_gen_source(__u64 nth)
{
	if (xs_gen_sources == 1)
		return bpf_htonl(xs_gen_first_source);
	if (xs_gen_random)
		return bpf_htonl(xs_gen_first_source + xs_gen_draw(xs_gen_sources));
	return bpf_htonl(xs_gen_first_source + nth / xs_gen_in_a_row % xs_gen_sources);
}

static __always_inline __be16 xs_gen_port(__u64 nth)
{
	return bpf_htons(1 + (xs_gen_random ? xs_gen_draw(xs_gen_ports) : nth % xs_gen_ports));
}

SEC("xdp")
int xs_generator(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u64 nth = xs_gen_sent++;
	__be32 is = xs_gen_source(nth);
	struct tcphdr *tcp;
	__be32 was;

	if (xs_gen_ipv6) {
		struct ipv6hdr *ip = data + sizeof(struct ethhdr);

		tcp = (void *)(ip + 1);
		if ((void *)(tcp + 1) > end)
			return XDP_ABORTED;
		was = ip->saddr.in6_u.u6_addr32[1];
		ip->saddr.in6_u.u6_addr32[1] = is;
	} else {
		struct iphdr *ip = data + sizeof(struct ethhdr);

		tcp = (void *)(ip + 1);
		if ((void *)(tcp + 1) > end)
			return XDP_ABORTED;
		was = ip->saddr;
		ip->saddr = is;
		ip->check = xs_gen_checksum(ip->check, was, is);
	}
	tcp->check = xs_gen_checksum(tcp->check, was, is);
	/* A sequence number of the source's own: with one for all, these would be one scan among decoys. */
	tcp->check = xs_gen_checksum(tcp->check, tcp->seq, is);
	tcp->seq = is;
	if (xs_gen_ports) {
		__be16 port = xs_gen_port(nth);

		tcp->check = xs_gen_checksum(tcp->check, tcp->dest, port);
		tcp->dest = port;
	}
	return bpf_redirect(xs_gen_ifindex, 0);
}
