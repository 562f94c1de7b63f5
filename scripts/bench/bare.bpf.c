// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The least that an XDP program can do: what others are compared with. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int xs_bare_drop(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_DROP;
}

SEC("xdp")
int xs_bare_pass(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_PASS;
}
