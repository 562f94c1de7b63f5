// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The way of a packet. Each step is a header; each return names its outcome (wire.h), which is counted and
 * becomes a metric label.
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

#include "blocklist.h"
#include "classify.h"
#include "clock.h"
#include "connected.h"
#include "decoy.h"
#include "door.h"
#include "emit.h"
#include "instant.h"
#include "listed.h"
#include "maps.h"
#include "parse.h"
#include "ports.h"
#include "quiet.h"
#include "track.h"
#include "verdict.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Enums are in the BTF, and so in wire.generated.ts, only where something has their type. */
const enum xs_outcome *xs_btf_outcome __attribute__((unused));
const enum xs_kind *xs_btf_kind __attribute__((unused));
const enum xs_proto *xs_btf_proto __attribute__((unused));
const enum xs_origin *xs_btf_origin __attribute__((unused));
const enum xs_lost *xs_btf_lost __attribute__((unused));
const enum xs_wire *xs_btf_wire __attribute__((unused));
const enum xs_door *xs_btf_door __attribute__((unused));
const enum xs_ignore *xs_btf_ignore __attribute__((unused));
const enum xs_filter_key *xs_btf_filter_key __attribute__((unused));
const enum xs_front *xs_btf_front __attribute__((unused));
const struct xs_line *xs_btf_line __attribute__((unused));
const enum xs_list_layout *xs_btf_list_layout __attribute__((unused));
const struct xs_list_head *xs_btf_list_head __attribute__((unused));
const struct xs_list_place *xs_btf_list_place __attribute__((unused));
const struct xs_listed4 *xs_btf_listed4 __attribute__((unused));
const struct xs_listed6 *xs_btf_listed6 __attribute__((unused));
const enum xs_rule_bounds *xs_btf_rule_bounds __attribute__((unused));
const enum xs_hot_bounds *xs_btf_hot_bounds __attribute__((unused));
const enum xs_lengths_of *xs_btf_lengths_of __attribute__((unused));
const enum xs_decoys *xs_btf_decoys __attribute__((unused));
const enum xs_event_flag *xs_btf_event_flag __attribute__((unused));
const struct xs_event *xs_btf_event __attribute__((unused));

static __always_inline __u64 xs_bytes_of(struct xdp_md *ctx)
{
	return xs_has_buff_len ? bpf_xdp_get_buff_len(ctx) : ctx->data_end - ctx->data;
}

/* A new entry for the source, with the probe that it left its card with, if it did, `ticks` ago; and what the
 * rules say of that one. */
static __always_inline struct xs_source *xs_take_in(const struct xs_prefix *key, struct xs_visit *first,
						    __u32 ticks, struct xs_story *story,
						    struct xs_sentence *sentence)
{
	struct xs_source *source;

	if (!first->kind)
		return xs_new_source(key, story->now_ns);
	source = xs_new_source(key, story->now_ns - ((__u64)ticks << XS_TICK_SHIFT));
	if (!source)
		return NULL;
	first->tick = (story->now_ns >> XS_TICK_SHIFT) - ticks;
	xs_track(source, first, story);
	xs_weigh(source, XS_ALONE);
	*sentence = xs_sentence_for(source, first);
	return source;
}

/* A probe: counted, remembered, told; and its source blocked if a rule of the kernel says so. A global
 * function: it needs a stack of its own. */
__noinline int xs_probe(struct xdp_md *ctx, const struct xs_packet *pkt, __u32 kind, __u64 coarse_ns)
{
	enum xs_outcome outcome = XS_PASS_PROBE;
	struct xs_sentence sentence, earlier = {};
	struct xs_visit visit, first = {};
	struct xs_source *source = NULL;
	__u64 now_ns, blocked_ns = 0;
	struct xs_place *place;
	struct xs_story story;
	struct xs_prefix key;
	__u32 ignored_as;
	int likeness;

	if (!pkt)
		return outcome;
	/* Of others nobody can be sure that they are not meant: who watches a host pings it. */
	if (xs_swallow_probes && pkt->proto <= XS_PROTO_UDP)
		outcome = XS_DROP_PROBE;
	ignored_as = xs_ignored_as(pkt);
	if (ignored_as == XS_IGNORE_IGNORED) {
		if (xs_tell_ignored)
			xs_emit_ignored(ctx, pkt, kind, xs_now_ns());
		return XS_PASS_IGNORED;
	}
	xs_count_probe(pkt, kind);
	xs_prefix_of(&key, pkt->family, pkt->saddr, xs_source_bits(pkt));
	visit = xs_visit_of(pkt, &key, kind, coarse_ns);
	place = xs_place_of(&key);
	if (!place)
		return outcome;
	if (xs_is_known(place, visit.print))
		source = bpf_map_lookup_elem(&xs_sources, &key);
	if (!source && !xs_admit(place, &visit, coarse_ns, &first)) {
		xs_lose(XS_LOST_NEW_SOURCE);
		return outcome;
	}
	now_ns = xs_now_ns(); /* not before: in a flood the clock is a good part of the cost */
	story = xs_short_story(kind & 31, now_ns);
	if (!source) {
		/* Less than none, when the other CPU's clock is a jiffy ahead. */
		__u32 ticks = visit.tick - first.tick;

		source = xs_take_in(&key, &first, ticks >> 31 ? 0 : ticks, &story, &earlier);
		xs_note_known(place, visit.print);
	}
	visit.tick = now_ns >> XS_TICK_SHIFT;
	likeness = xs_spare_decoys ? xs_likeness_of(pkt, &key, &visit) : XS_ALONE;
	if (source) {
		xs_track(source, &visit, &story);
		xs_weigh(source, likeness);
	}
	sentence = xs_sentence_for(source, &visit);
	if (earlier.passed && !(sentence.passed && sentence.rule < earlier.rule))
		sentence = earlier;
	if (sentence.passed && !ignored_as && !xs_is_connected(&key) && !xs_is_among_decoys(source))
		blocked_ns = xs_block(&key, &sentence, now_ns);
	xs_emit(ctx, pkt, &story, kind, blocked_ns, blocked_ns ? sentence.rule : 0);
	return outcome;
}

static __always_inline enum xs_outcome xs_judge(struct xdp_md *ctx, __u64 bytes)
{
	struct xs_buffer buf = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	struct xs_packet pkt = {};
	__u64 coarse_ns;
	__u32 kind, list;
	int outcome;

	outcome = xs_parse_addresses(&buf, &pkt);
	if (outcome)
		return outcome;
	if (xs_is_blocked(&pkt, bytes))
		return XS_DROP_BLOCKED;
	list = xs_listed(&pkt);
	if (list) {
		xs_count_listed(list, bytes);
		return XS_DROP_LISTED;
	}
	outcome = xs_parse_transport(ctx, &buf, &pkt);
	if (outcome)
		return outcome;
	if (!xs_is_monitored(&pkt))
		return pkt.proto > XS_PROTO_UDP ? XS_PASS_OTHER_PROTOCOL : XS_PASS_NOT_MONITORED;
	if (!xs_is_unicast(&pkt))
		return XS_PASS_NOT_UNICAST;
	kind = xs_kind(&pkt);
	if (!kind)
		return XS_PASS_REPLY;
	if (xs_may_be_late_answer(&pkt, kind))
		return XS_PASS_EPHEMERAL;
	coarse_ns = xs_coarse_ns();
	outcome = xs_ask_stack(ctx, &pkt, kind, coarse_ns);
	if (outcome)
		return outcome;
	return xs_probe(ctx, &pkt, kind, coarse_ns);
}

SEC("xdp")
int xdpsentry(struct xdp_md *ctx)
{
	__u64 bytes = xs_bytes_of(ctx);

	return xs_verdict(xs_judge(ctx, bytes), bytes);
}
