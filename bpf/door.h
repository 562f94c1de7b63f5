/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is tracked at all. Usually everybody, from the first probe on. When more new sources come than anybody
 * real would make, which is a flood of forged ones, a new source must come a second time: its first probe
 * leaves a visiting card (12 bytes, no allocation, no eviction of real scanners), the second finds it, and
 * the first still counts.
 *
 * Each source has its place, by hash, and a place has room for two cards. The recent one is taken by each new
 * card: whoever comes twice within the time that the flood takes to fill all places (2^17 cards: 22 ms at six
 * million a second, 1.3 s at 100,000) is found. The lasting one stays 64 times as long on average, but only
 * one card in 64 gets there: for those who scan slowly.
 *
 * Each way in has a budget of its own, or those of a flood that are found, too, would keep others out: the
 * lasting cards are all theirs when they come again and again from a million addresses; and when each comes
 * twice in a row, so are the recent ones. Hence the last way, for who was refused ten times within 134 ms: a
 * scanner in a hurry. To keep it shut a flood has to send as many packets from each address, as fast.
 * docs/floods.md has the odds.
 *
 * Pings leave no cards and come in by the first door alone, of whose budget they may have a share: whoever
 * watches a host pings it, only rules that name them count them, and a flood of them is not to keep others
 * waiting.
 *
 * The place also remembers whom it let in: a source that is not among them is not looked for in the table of
 * sources, which costs more than all the rest. That may forget one whose place has let in three others since;
 * he has to come through the door again, and finds his entry as he left it.
 */
#ifndef XS_DOOR_H
#define XS_DOOR_H

#include "budget.h"
#include "clock.h"
#include "config.h"
#include "filter.h"
#include "maps.h"
#include "packet.h"

#define XS_LASTING_SHARE   64
#define XS_REFUSALS_ENOUGH 10
#define XS_PING_SHARE	   4

/* `share`: who asks may have one of so many parts of the budget. */
static __always_inline bool xs_door_open_to(enum xs_door which, __u64 coarse_ns, __u32 share)
{
	__u32 index = which;
	__u64 *budget = bpf_map_lookup_elem(&xs_door_budget, &index);
	__u32 shift = which == XS_DOOR_NEW ? 32 : 24;
	__u32 limit = which == XS_DOOR_NEW	 ? xs_new_sources_max
		      : which == XS_DOOR_RECENT	 ? xs_recent_sources_max
		      : which == XS_DOOR_LASTING ? xs_lasting_sources_max
						 : xs_persistent_sources_max;

	return !budget || xs_spend(budget, coarse_ns >> shift, limit / share);
}

static __always_inline bool xs_door_open(enum xs_door which, __u64 coarse_ns)
{
	return xs_door_open_to(which, coarse_ns, 1);
}

static __always_inline struct xs_place *xs_place_of(const struct xs_prefix *source)
{
	__u32 index = xs_prefix_hash(source, 0, XS_TAG_PLACE) & xs_place_mask;

	return bpf_map_lookup_elem(&xs_places, &index);
}

/* Never 0, which is nobody. */
static __always_inline __u16 xs_short_print(__u32 print)
{
	return print >> 16 | 1;
}

/* Whether the source may be in the table of sources. */
static __always_inline bool xs_is_known(const struct xs_place *place, __u32 print)
{
	__u16 known = xs_short_print(print);

	return place->known[0] == known || place->known[1] == known || place->known[2] == known;
}

static __always_inline void xs_note_known(struct xs_place *place, __u32 print)
{
	if (xs_is_known(place, print))
		return;
	place->known[2] = place->known[1];
	place->known[1] = place->known[0];
	place->known[0] = xs_short_print(print);
}

static __always_inline bool xs_is_card_of(const struct xs_visit *card, __u32 print)
{
	return card->kind && card->print == print;
}

/* Refusals are those of the running 2^27 ns (134 ms). */
static __always_inline void xs_begin_period(struct xs_place *place, __u64 coarse_ns)
{
	__u8 period = coarse_ns >> 27;

	if (place->period == period)
		return;
	place->period = period;
	place->refusals = 0;
}

/* Whether who has left this card may come in. */
static __always_inline bool xs_may_return(struct xs_place *place, const struct xs_visit *card,
					  __u64 coarse_ns)
{
	if (card == &place->lasting)
		return xs_door_open(XS_DOOR_LASTING, coarse_ns);
	if (xs_door_open(XS_DOOR_RECENT, coarse_ns))
		return true;
	if (place->refusals >= XS_REFUSALS_ENOUGH)
		return xs_door_open(XS_DOOR_PERSISTENT, coarse_ns);
	place->refusals++;
	return false;
}

/* Who has been refused more often than others have come keeps the recent card (Misra and Gries 1982). */
static __always_inline void xs_leave_card(struct xs_place *place, const struct xs_visit *visit)
{
	if (!place->lasting.kind || xs_random() % XS_LASTING_SHARE == 0)
		place->lasting = *visit;
	if (place->recent.kind && place->refusals)
		place->refusals--;
	else
		place->recent = *visit;
}

/* True when the source may be tracked. `first` is then its earlier probe, or has kind 0 when there was none.
 */
static __always_inline bool xs_admit(struct xs_place *place, const struct xs_visit *visit, __u64 coarse_ns,
				     struct xs_visit *first)
{
	bool is_recent = xs_is_card_of(&place->recent, visit->print);
	bool is_lasting = xs_is_card_of(&place->lasting, visit->print);
	struct xs_visit *card = is_recent ? &place->recent : is_lasting ? &place->lasting : NULL;

	if (visit->kind == XS_KIND_PING)
		return xs_door_open_to(XS_DOOR_NEW, coarse_ns, XS_PING_SHARE);
	xs_begin_period(place, coarse_ns);
	if (!xs_door_open(XS_DOOR_NEW, coarse_ns) && !(card && xs_may_return(place, card, coarse_ns))) {
		if (!card)
			xs_leave_card(place, visit);
		return false;
	}
	if (is_recent) {
		*first = place->recent;
		place->recent.kind = 0;
		place->refusals = 0;
	}
	if (is_lasting) {
		*first = place->lasting; /* the older one */
		place->lasting.kind = 0;
	}
	return true;
}

#endif
