/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules that the kernel decides by itself: so many distinct ports, or probes, of some kinds within a window.
 * The probe that fulfils one is the last that passes.
 *
 * A rule remembers of a source the latest ports (and probes) that it asks for, each in a slot with its time:
 * they are all there and recent exactly when the rule is fulfilled, so no packet that counts is missed and
 * none is counted twice. CPUs may race for a slot, when the queues of a card spread one source over them;
 * then a probe may have to be sent once more.
 */
#ifndef XS_RULE_H
#define XS_RULE_H

#include "config.h"
#include "maps.h"

/*
 * The slot for `key` among `count` from `first` on: its own, or that of the oldest. A key of 1 never has a
 * slot of its own. Global functions, this one and the next ones, for the verifier's sake: it walks each loop
 * by itself.
 */
__noinline int xs_slot_for(const struct xs_source *source, __u32 first, __u32 count, __u32 key, __u32 tick)
{
	__u32 place = first, oldest = 0;

	if (!source)
		return 0;
	for (__u32 i = 0; i < XS_RULE_THRESHOLD && i < count; i++) {
		__u32 slot = (first + i) & (XS_RULE_SLOTS - 1);
		__u32 age = source->slot_key[slot] ? tick - source->slot_tick[slot] : ~0U;

		if (key != 1 && source->slot_key[slot] == key)
			return (int)slot;
		if (age >= oldest) {
			oldest = age;
			place = slot;
		}
	}
	return (int)place;
}

/* Whether `count` slots from `first` on are all taken and recent. */
__noinline int xs_are_recent(const struct xs_source *source, __u32 first, __u32 count, __u32 tick,
			     __u32 window)
{
	if (!source)
		return false;
	for (__u32 i = 0; i < XS_RULE_THRESHOLD && i < count; i++) {
		__u32 slot = (first + i) & (XS_RULE_SLOTS - 1);

		if (!source->slot_key[slot] || (window && tick - source->slot_tick[slot] > window))
			return false;
	}
	return true;
}

/* Notes `key` among `count` slots from `first` on, and answers whether all are recent now. */
static __always_inline bool xs_note(struct xs_source *source, __u32 first, __u32 count, __u32 key, __u32 tick,
				    __u32 window)
{
	__u32 place = xs_slot_for(source, first, count, key, tick) & (XS_RULE_SLOTS - 1);

	source->slot_key[place] = key;
	source->slot_tick[place] = tick;
	return xs_are_recent(source, first, count, tick, window);
}

/* Whether the rule is fulfilled with this probe. */
__noinline int xs_fulfils(struct xs_source *source, const struct xs_visit *visit, __u32 index)
{
	struct xs_rule *rule = bpf_map_lookup_elem(&xs_rules, &index);
	__u32 key, proto;
	bool enough = true;

	if (!source || !visit || !rule)
		return false;
	proto = visit->proto;
	if (proto >= XS_PROTO_MAX || !(rule->kinds[proto] >> (visit->kind & 31) & 1))
		return false;
	key = 1 + (proto << 16 | visit->port);
	if (rule->ports)
		enough = xs_note(source, rule->first_slot, rule->ports, key + 1, visit->tick, rule->window);
	if (rule->probes)
		enough &= xs_note(source, rule->first_slot + rule->ports, rule->probes, 1, visit->tick,
				  rule->window);
	return enough;
}

/* What has earned a block is spent: once that is over, rules count what comes after it. */
static __always_inline void xs_spend_evidence(struct xs_source *source)
{
	__builtin_memset(source->slot_key, 0, sizeof(source->slot_key));
}

/* Asks every rule, for each has to remember the probe; answers the first that is fulfilled, or NULL. */
static __always_inline struct xs_rule *xs_fulfilled(struct xs_source *source, const struct xs_visit *visit)
{
	struct xs_rule *found = NULL;

	if (source->rules != xs_rules_tag) {
		xs_spend_evidence(source);
		source->rules = xs_rules_tag;
	}
	for (__u32 i = 0; i < XS_RULES_MAX && i < xs_rule_count; i++) {
		__u32 index = i;

		if (xs_fulfils(source, visit, i) && !found)
			found = bpf_map_lookup_elem(&xs_rules, &index);
	}
	return found;
}

#endif
