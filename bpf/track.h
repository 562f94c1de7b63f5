/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counting probes, and what is remembered of their sources. */
#ifndef XS_TRACK_H
#define XS_TRACK_H

#include "blocklist.h"
#include "classify.h"
#include "verdict.h"

/* A source after one more probe. */
struct xs_story {
	struct xs_source *source; /* NULL when it could not be tracked */
	__u64 now_ns;
	__u64 first_ns;
	__u64 probes;
	__u32 kinds;
	__u32 port_count;
	bool changed; /* first probe, new kind, new port, or the number of probes doubled */
	bool ignored; /* the source is on the ignore list: nothing here is counted */
};

static __always_inline void xs_count_probe(const struct xs_packet *pkt, __u32 kind)
{
	__u32 index = pkt->proto * XS_KIND_MAX + kind;
	__u64 *count = bpf_map_lookup_elem(&xs_probes, &index);

	if (count)
		(*count)++;
	index = pkt->proto * 65536 + bpf_ntohs(pkt->dport);
	count = bpf_map_lookup_elem(&xs_port_probes, &index);
	if (count)
		__sync_fetch_and_add(count, 1);
}

/* One of 256 bits for (protocol, port): multiplicative hashing with the golden ratio (Knuth 6.4). */
static __always_inline __u32 xs_port_bit(const struct xs_visit *visit)
{
	return (((__u32)visit->proto << 16 | visit->port) * 0x9E3779B1u) >> 24;
}

/* A probe of the source `key` in short. */
static __always_inline struct xs_visit xs_visit_of(const struct xs_packet *pkt, const struct xs_prefix *key,
						   __u32 kind, __u64 coarse_ns)
{
	struct xs_visit visit = {
		.print = xs_prefix_hash(key, 0, XS_TAG_PRINT),
		.tick = coarse_ns >> XS_TICK_SHIFT,
		.port = bpf_ntohs(pkt->dport),
		.proto = pkt->proto,
		.kind = kind,
	};

	return visit;
}

/* Makes the source's entry. Another CPU may have been faster: that is as good. */
static __always_inline struct xs_source *xs_new_source(const struct xs_prefix *key, __u64 first_ns)
{
	__u32 zero = 0;
	struct xs_source *unknown = bpf_map_lookup_elem(&xs_unknown_source, &zero);
	struct xs_source *source;

	if (unknown)
		bpf_map_update_elem(&xs_sources, key, unknown, BPF_NOEXIST);
	source = bpf_map_lookup_elem(&xs_sources, key);
	if (!source)
		xs_lose(XS_LOST_SOURCE_TABLE_FULL);
	else if (!source->first_ns)
		source->first_ns = first_ns;
	return source;
}

/* One probe more. */
static __always_inline void xs_track(struct xs_source *source, const struct xs_visit *visit,
				     struct xs_story *story)
{
	__u32 bit = xs_port_bit(visit);
	__u64 port_mask = 1ULL << (bit & 63);
	__u32 kind_mask = 1U << (visit->kind & 31);
	__u64 old_ports, old_kinds;

	source->last_ns = story->now_ns;
	story->source = source;
	story->first_ns = source->first_ns;
	story->probes = __sync_fetch_and_add(&source->probes, 1) + 1;
	old_kinds = __sync_fetch_and_or(&source->kinds, kind_mask);
	old_ports = __sync_fetch_and_or(&source->ports[bit >> 6 & 3], port_mask);
	if (!(old_ports & port_mask))
		__sync_fetch_and_add(&source->port_count, 1);
	story->kinds = old_kinds | kind_mask;
	story->port_count = source->port_count;
	story->changed =
	    !(old_kinds & kind_mask) || !(old_ports & port_mask) || !(story->probes & (story->probes - 1));
}

/* The story of a source that is not tracked. */
static __always_inline struct xs_story xs_short_story(__u32 kind, __u64 now_ns)
{
	struct xs_story story = {
		.now_ns = now_ns,
		.first_ns = now_ns,
		.probes = 1,
		.kinds = 1U << kind,
		.port_count = 1,
		.changed = true,
	};

	return story;
}

#endif
