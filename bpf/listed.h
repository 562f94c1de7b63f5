/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Is the source on a list? All lists together are one table that never changes: the controller builds another
 * and puts it in place as a whole. It has its own filter and vicinities, and behind them the entries in lines
 * of 64 bytes, found by hash: nothing is stored per entry but the entry, so that a million takes 20 MB, of
 * IPv6 47. src/kernel/list-table.ts builds it.
 */
#ifndef XS_LISTED_H
#define XS_LISTED_H

#include "blocklist.h"

static __always_inline bool xs_list_filter_has(void *table, __u32 hash)
{
	__u32 head = XS_LIST_HEAD;
	struct xs_list_head *at = bpf_map_lookup_elem(table, &head);

	return at && xs_filter_has(table, at->coarse, at->fine, hash);
}

static __always_inline __u32 xs_entry4(const struct xs_line *line, __u32 address, __u32 length)
{
	const struct xs_listed4 *entry = (const void *)line;

	for (int i = 0; i < XS_LISTED4_A_LINE; i++)
		if (entry[i].address == address && entry[i].length == length && entry[i].list)
			return entry[i].list;
	return 0;
}

static __always_inline __u32 xs_entry6(const struct xs_line *line, const __u32 *address, __u32 length)
{
	const struct xs_listed6 *entry = (const void *)line;

	for (int i = 0; i < XS_LISTED6_A_LINE; i++)
		if (entry[i].address[0] == address[0] && entry[i].address[1] == address[1] &&
		    entry[i].address[2] == address[2] && entry[i].address[3] == address[3] &&
		    entry[i].length == length && entry[i].list)
			return entry[i].list;
	return 0;
}

/* The list that the line has the network of, plus one; 0: it has none. A global function: the verifier walks
 * it once, and not once for each line that is looked through. */
__noinline int xs_list_in_line(const struct xs_line *line, const struct xs_prefix *key, __u32 length)
{
	if (!line || !key)
		return 0;
	if (key->family == XS_FAMILY_IPV6)
		return (int)xs_entry6(line, (const void *)key->addr, length);
	return (int)xs_entry4(line, bpf_ntohl(*(const __u32 *)key->addr), length);
}

/* The list that has the network of this length around the source, plus one; 0: none has. A global function,
 * as the next one, for the verifier's sake. */
__noinline int xs_listed_at(const struct xs_packet *pkt, __u32 length)
{
	__u32 zero = 0, at = XS_LIST_PLACE, first, lines;
	void *table = bpf_map_lookup_elem(&xs_lists, &zero);
	struct xs_list_place *place;
	struct xs_words words;
	struct xs_prefix key;
	int list;
	bool is6;

	if (!pkt || !table)
		return 0;
	is6 = pkt->family == XS_FAMILY_IPV6;
	xs_prefix_of(&key, pkt->family, pkt->saddr, length);
	words = xs_words_of(pkt->family, key.addr);
	if (length < xs_host_bits(pkt->family) &&
	    !xs_list_filter_has(table, xs_filter_hash(words, xs_tag(pkt->family, length))))
		return 0;
	place = bpf_map_lookup_elem(table, &at);
	if (!place)
		return 0;
	first = is6 ? place->first6 : place->first4;
	lines = is6 ? place->lines6 : place->lines4;
	first += xs_filter_word(xs_prefix_hash(&key, length, XS_TAG_PLACE), lines);
	for (int i = 0; i < XS_LIST_PROBES; i++) {
		__u32 index = first + i;
		struct xs_line *line = bpf_map_lookup_elem(table, &index);

		if (!line)
			return 0;
		list = xs_list_in_line(line, &key, length);
		if (list)
			return list;
		if (!((__u8 *)line)[XS_LINE_SPILLED])
			return 0;
	}
	return 0;
}

/* The list that has the source, plus one: asks for each length in use. */
__noinline int xs_find_listed(const struct xs_packet *pkt, __u32 among_networks)
{
	__u32 zero = 0, at = XS_LIST_PLACE, first = 0;
	void *table = bpf_map_lookup_elem(&xs_lists, &zero);
	struct xs_list_place *place;
	__u64 lengths;

	if (!pkt || !table)
		return 0;
	place = bpf_map_lookup_elem(table, &at);
	if (!place)
		return 0;
	if (pkt->family == XS_FAMILY_IPV4) {
		if (!among_networks)
			return xs_listed_at(pkt, XS_HOST_BITS4);
		lengths = place->networks4;
	} else if (among_networks) {
		lengths = place->networks6;
	} else {
		int list = xs_listed_at(pkt, XS_HOST_BITS6);

		if (list)
			return list;
		lengths = place->hosts6;
		first = XS_HOST_BITS6 + 1;
	}
	for (__u32 i = 0; i < 64 && lengths >> i; i++) {
		int list = lengths >> i & 1 ? xs_listed_at(pkt, first + i) : 0;

		if (list)
			return list;
	}
	return 0;
}

/* The list that has the source, plus one. Nearly always the filter says no. `asked`: the generation of a
 * table that seemed to have it. */
static __always_inline __u32 xs_ask_lists(const struct xs_packet *pkt, __u32 *asked)
{
	__u32 zero = 0, head = XS_LIST_HEAD, list = 0, vicinity, index;
	void *table = bpf_map_lookup_elem(&xs_lists, &zero);
	struct xs_list_head *at;
	struct xs_words words;
	struct xs_line *line;

	if (!table)
		return 0;
	at = bpf_map_lookup_elem(table, &head);
	if (!at)
		return 0;
	words = xs_words_of(pkt->family, pkt->saddr);
	if (xs_filter_has(table, at->coarse, at->fine,
			  xs_filter_hash(words, xs_tag(pkt->family, xs_host_bits(pkt->family))))) {
		*asked = at->generation;
		list = xs_find_listed(pkt, false);
	}
	if (!list && at->vicinity_bits) {
		vicinity = xs_vicinity(pkt->family, words, at->vicinity_bits);
		index = (pkt->family == XS_FAMILY_IPV6 ? at->vicinities6 : at->vicinities4) + vicinity / 512;
		line = bpf_map_lookup_elem(table, &index);
		if (line && line->words[vicinity / 64 & (XS_LINE_WORDS - 1)] >> (vicinity & 63) & 1) {
			*asked = at->generation;
			list = xs_find_listed(pkt, true);
		}
	}
	return list;
}

/* When another table has taken the place of the one that was asked: the first steps may have been taken in
 * that one and the last in this, which has the source under another length. Then everything is asked anew. */
__noinline int xs_ask_other_lists(const struct xs_packet *pkt, __u32 asked)
{
	__u32 zero = 0, head = XS_LIST_HEAD;
	void *table = bpf_map_lookup_elem(&xs_lists, &zero);
	struct xs_list_head *at = table ? bpf_map_lookup_elem(table, &head) : NULL;

	return pkt && at && at->generation != asked ? (int)xs_ask_lists(pkt, &asked) : 0;
}

/* The list that drops the packet, plus one; 0: none does. */
static __always_inline __u32 xs_listed(const struct xs_packet *pkt)
{
	__u32 asked = 0, list = xs_ask_lists(pkt, &asked);

	if (!list && asked)
		list = xs_ask_other_lists(pkt, asked);
	return list && !xs_ignored_as(pkt) ? list : 0;
}

static __always_inline void xs_count_listed(__u32 list, __u64 bytes)
{
	__u32 index = list - 1;
	struct xs_counter *counter = bpf_map_lookup_elem(&xs_list_drops, &index);

	if (counter) {
		counter->packets++;
		counter->bytes += bytes;
	}
}

#endif
