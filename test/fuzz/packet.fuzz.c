// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parser and the classifier of the data plane (bpf/), compiled for this
 * machine with sanitizers: libFuzzer looks for a packet that makes them read
 * beyond its end, compute what C does not define, or break a promise. The
 * verifier of the kernel proves the first; that a blocked source cannot hide
 * and that padding says nothing, it does not.
 *
 * Usage: build/packet.fuzz [-max_total_time=600] CORPUS
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "classify.h"
#include "parse.h"

#define PAGE	4096
#define LONGEST 4096 /* what XDP gets at most in one buffer */
#define PADDING 64
#define FILL	0xA5

/* What came out of a packet. */
struct judged {
	int outcome;
	struct xs_packet pkt;
	__u32 kind;
};

#define REQUIRE(condition)                                                                                   \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "broken promise, line %d: %s\n", __LINE__, #condition);              \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/* struct xdp_md has pointers of 32 bits. */
static __u8 *low_memory(void)
{
	static __u8 *memory;

	if (!memory) {
		memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
			      -1, 0);
		REQUIRE(memory != MAP_FAILED);
	}
	return memory;
}

/* Lays the packet into memory of which nothing but the packet may be touched.
 */
static struct xs_buffer lay(const __u8 *data, size_t size)
{
	__u8 *memory = low_memory(), *start;

	ASAN_UNPOISON_MEMORY_REGION(memory, 3 * PAGE);
	/* Shadow memory tells eight bytes apart at the end of a region, and not at
	 * its start. */
	start = memory + PAGE;
	memcpy(start, data, size);
	ASAN_POISON_MEMORY_REGION(memory, PAGE);
	ASAN_POISON_MEMORY_REGION(start + size, 2 * PAGE - size);
	return (struct xs_buffer){ start, start + size };
}

static struct judged addresses_of(const __u8 *data, size_t size)
{
	struct xs_buffer buf = lay(data, size);
	struct judged judged = {};

	judged.outcome = xs_parse_addresses(&buf, &judged.pkt);
	return judged;
}

static struct judged judge(const __u8 *data, size_t size)
{
	struct judged judged = addresses_of(data, size);
	struct xs_buffer buf = lay(data, size);
	struct xdp_md ctx = { .data = (__u32)(long)buf.data, .data_end = (__u32)(long)buf.end };

	if (judged.outcome)
		return judged;
	judged.outcome = xs_parse_transport(&ctx, &buf, &judged.pkt);
	if (judged.outcome)
		return judged;
	judged.kind = xs_kind(&judged.pkt);
	(void)xs_is_unicast(&judged.pkt);
	(void)xs_may_be_late_answer(&judged.pkt, judged.kind);
	return judged;
}

static bool same_source(const struct xs_packet *a, const struct xs_packet *b)
{
	return a->family == b->family && !memcmp(a->saddr, b->saddr, sizeof(a->saddr)) &&
	       !memcmp(a->daddr, b->daddr, sizeof(a->daddr));
}

static bool same_probe(const struct judged *a, const struct judged *b)
{
	return a->outcome == b->outcome && a->kind == b->kind && same_source(&a->pkt, &b->pkt) &&
	       (a->outcome || (a->pkt.sport == b->pkt.sport && a->pkt.dport == b->pkt.dport &&
			       a->pkt.transport == b->pkt.transport && a->pkt.proto == b->pkt.proto &&
			       a->pkt.tcp_flags == b->pkt.tcp_flags && a->pkt.chunk == b->pkt.chunk));
}

static bool is_outcome(int outcome)
{
	return outcome >= 0 && outcome < XS_OUTCOME_MAX;
}

/* Whoever has found the addresses has them from the packet, and a packet that
 * lies about the rest changes nothing of that. */
static void source_cannot_hide(const __u8 *data, size_t size, const struct judged *first)
{
	__u32 header = first->pkt.family == XS_FAMILY_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	__u32 behind = first->pkt.offset + header;
	static __u8 other[LONGEST];
	struct judged changed;

	REQUIRE(first->pkt.family == XS_FAMILY_IPV4 || first->pkt.family == XS_FAMILY_IPV6);
	REQUIRE(behind <= size);
	memcpy(other, data, size);
	for (size_t at = behind; at < size; at++)
		other[at] ^= 0xFF;
	changed = addresses_of(other, size);
	REQUIRE(changed.outcome == 0 && same_source(&changed.pkt, &first->pkt));
	changed = addresses_of(data, behind); /* and if all of that were missing */
	REQUIRE(changed.outcome == 0 && same_source(&changed.pkt, &first->pkt));
}

/* Bytes behind the IP packet say nothing, unless the packet says that it goes
 * on there. */
static void padding_says_nothing(const __u8 *data, size_t size, const struct judged *judged)
{
	static __u8 padded[LONGEST + PADDING];
	struct judged again;

	if (judged->outcome == XS_PASS_TRUNCATED || size + PADDING > LONGEST)
		return;
	memcpy(padded, data, size);
	memset(padded + size, FILL, PADDING);
	again = judge(padded, size + PADDING);
	REQUIRE(same_probe(&again, judged));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct judged first, judged;

	if (size > LONGEST)
		return 0;
	first = addresses_of(data, size);
	REQUIRE(is_outcome(first.outcome));
	if (first.outcome)
		return 0;
	source_cannot_hide(data, size, &first);
	judged = judge(data, size);
	REQUIRE(is_outcome(judged.outcome));
	REQUIRE(same_source(&judged.pkt, &first.pkt));
	if (!judged.outcome) {
		REQUIRE(judged.kind < XS_KIND_MAX);
		REQUIRE(judged.pkt.offset <= size);
		REQUIRE(judged.pkt.proto < XS_PROTO_MAX);
	}
	padding_says_nothing(data, size, &judged);
	return 0;
}
