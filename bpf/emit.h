/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events for the controller: one when the story of a source changes, within budgets; losses are counted. */
#ifndef XS_EMIT_H
#define XS_EMIT_H

#include "budget.h"
#include "decoy.h"
#include "track.h"

/* Pings are told of until an eighth of the budget is gone, whoever has used it. */
static __always_inline __u32 xs_events_max_of(const struct xs_story *story, __u32 kind)
{
	bool goes_on = story->changed && story->probes > 1;

	if (kind == XS_KIND_PING)
		return xs_events_max / 8;
	return goes_on ? xs_events_max : xs_events_max / 2;
}

static __always_inline bool xs_may_emit(const struct xs_story *story, __u32 kind)
{
	__u32 zero = 0;
	__u64 *budget = bpf_map_lookup_elem(&xs_event_budget, &zero);
	__u32 source_max = story->changed ? xs_source_changes_max : xs_source_repeats_max;

	if (story->source && !xs_spend(&story->source->budget, story->now_ns >> 30, source_max)) {
		xs_lose(XS_LOST_SOURCE_BUDGET);
		return false;
	}
	if (budget && !xs_spend(budget, story->now_ns >> 30, xs_events_max_of(story, kind))) {
		xs_lose(XS_LOST_GLOBAL_BUDGET);
		return false;
	}
	return true;
}

/* `blocked_ns` and `rule` tell of an instant block. No budget holds such an event back; should the ring be
 * full, the loss is counted, and the controller looks for the block itself. */
static __always_inline void xs_emit(const struct xdp_md *ctx, const struct xs_packet *pkt,
				    const struct xs_story *story, __u32 kind, __u64 blocked_ns, __u32 rule)
{
	struct xs_event *event;

	if (!blocked_ns && !xs_may_emit(story, kind))
		return;
	event = bpf_ringbuf_reserve(&xs_events, sizeof(*event), 0);
	if (!event) {
		xs_lose(XS_LOST_RING_FULL);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event)); /* reserved memory holds what was there before */
	event->ts_ns = story->now_ns;
	event->blocked_ns = blocked_ns;
	event->first_ns = story->first_ns;
	event->probes = story->probes;
	__builtin_memcpy(event->saddr, pkt->saddr, sizeof(event->saddr));
	__builtin_memcpy(event->daddr, pkt->daddr, sizeof(event->daddr));
	event->ifindex = ctx->ingress_ifindex;
	event->kinds = story->kinds;
	event->port_count = story->port_count;
	event->rule = rule;
	event->sport = pkt->sport;
	event->dport = pkt->dport;
	event->family = pkt->family;
	event->source_bits = xs_source_bits(pkt);
	event->proto = pkt->proto;
	event->kind = kind;
	event->tcp_flags = pkt->tcp_flags;
	event->flags = (story->ignored ? XS_EVENT_IGNORED : 0) | (pkt->ip_options ? XS_EVENT_IP_OPTIONS : 0) |
		       (xs_is_among_decoys(story->source) ? XS_EVENT_DECOY : 0);
	event->ttl = pkt->ttl;
	event->tcp_header = pkt->tcp_header;
	event->tcp_seq = pkt->tcp_seq;
	event->tcp_window = pkt->tcp_window;
	event->ip_id = pkt->ip_id;
	bpf_ringbuf_submit(event, 0);
}

/* A probe that is not counted: its source is ignored. */
static __always_inline void xs_emit_ignored(const struct xdp_md *ctx, const struct xs_packet *pkt, __u32 kind,
					    __u64 now_ns)
{
	struct xs_story story = xs_short_story(kind, now_ns);

	story.ignored = true;
	xs_emit(ctx, pkt, &story, kind, 0, 0);
}

#endif
