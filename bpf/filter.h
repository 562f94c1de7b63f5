/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bloom filters whose bits for one key lie in a single 64-bit word (Putze, Sanders, Singler 2007: "Cache-,
 * Hash- and Space-Efficient Bloom Filters"), so that a packet that nobody blocks touches one cache line and
 * no table. A bit too many costs time, never correctness.
 *
 * There are two of them, because what counts is the cache that they fit in: a coarse one never larger than
 * the second level's, and for sets too large for that a fine one, which only those that get through the
 * coarse one touch.
 *
 * A key is a host (the IPv4 address, or the /64 of the IPv6 address) or a network (shorter than that), with
 * its length as tag. A packet asks for its host, and for networks only where its vicinity is known to have
 * some.
 *
 * src/kernel/filter.ts sets bits by the same arithmetic.
 */
#ifndef XS_FILTER_H
#define XS_FILTER_H

#include "config.h"
#include "packet.h"

/* An address as numbers, for arithmetic: IPv4 in the first, of IPv6 the first 64 bits. */
struct xs_words {
	__u32 high;
	__u32 low;
};

static __always_inline struct xs_words xs_words_of(__u8 family, const __u8 *addr)
{
	const __be32 *be = (const void *)addr;
	struct xs_words words = { .high = bpf_ntohl(be[0]) };

	/* Word by word, as they were written: a wider read would have to wait for both writes. */
	if (family == XS_FAMILY_IPV6)
		words.low = bpf_ntohl(be[1]);
	return words;
}

/* The address of `addr` with all bits behind the first `length` cleared. */
static __always_inline void xs_prefix_of(struct xs_prefix *prefix, __u8 family, const __u8 *addr,
					 __u32 length)
{
	__be64 words[2] = {};
	__u64 high, low;

	__builtin_memcpy(words, addr, sizeof(words));
	high = length >= 64 ? ~0ULL : ~(~0ULL >> (length & 63));
	low = length >= 128 ? ~0ULL : length <= 64 ? 0 : ~(~0ULL >> (length & 63));
	words[0] &= bpf_cpu_to_be64(high);
	words[1] &= bpf_cpu_to_be64(low);
	__builtin_memcpy(prefix->addr, words, sizeof(words));
	prefix->family = family;
	prefix->bits = XS_FAMILY_BITS + length;
}

/* With all bits behind the first `length` (1 to 63) cleared. */
static __always_inline struct xs_words xs_masked(struct xs_words words, __u32 length)
{
	__u64 both = (__u64)words.high << 32 | words.low;

	both &= ~(~0ULL >> (length & 63));
	words.high = both >> 32;
	words.low = both;
	return words;
}

/* Tag of a key: the length for networks and hosts, IPv6 apart from IPv4. */
static __always_inline __u32 xs_tag(__u8 family, __u32 length)
{
	return family == XS_FAMILY_IPV6 ? XS_TAG_IPV6 + length : length;
}

/* A block of at least this length is one of a host. */
static __always_inline __u32 xs_host_bits(__u8 family)
{
	return family == XS_FAMILY_IPV6 ? XS_HOST_BITS6 : XS_HOST_BITS4;
}

/* Multiply and shift, three rounds: each bit of the key moves bits everywhere (Steele and Vigna 2021 for the
 * constants). The seed is secret, or a sender could choose sources that fall into the bits of others. */
static __always_inline __u32 xs_filter_hash(struct xs_words key, __u32 tag)
{
	__u32 hash = (key.high ^ xs_filter_seed) * XS_HASH_1 + tag;

	hash = ((hash ^ hash >> 15) + key.low) * XS_HASH_2;
	return (hash ^ hash >> 14) * XS_HASH_3;
}

/* Hash of a whole prefix, all 128 bits of it: where entries of one /64 must not fall together. */
static __always_inline __u32 xs_prefix_hash(const struct xs_prefix *key, __u32 length, __u32 purpose)
{
	const __be32 *address = (const void *)key->addr;
	__u32 hash = xs_filter_hash(xs_words_of(key->family, key->addr), xs_tag(key->family, length));
	struct xs_words rest = { hash, 0 };

	if (key->family == XS_FAMILY_IPV6) {
		rest.high ^= bpf_ntohl(address[2]);
		rest.low = bpf_ntohl(address[3]);
	}
	return xs_filter_hash(rest, purpose);
}

/*
 * The vicinity of an address, one of 2^bits: in IPv4 the network of so many bits around it, in IPv6 its /32,
 * hashed. A bit says that a network lies there, so that no other packet asks for one length after the other.
 */
static __always_inline __u32 xs_vicinity(__u8 family, struct xs_words words, __u32 bits)
{
	if (family == XS_FAMILY_IPV6) {
		words.low = 0;
		words.high = xs_filter_hash(words, XS_TAG_VICINITY);
	}
	return words.high >> (32 - bits);
}

static __always_inline bool xs_has_vicinity(void *map, __u8 family, struct xs_words words)
{
	__u32 vicinity = xs_vicinity(family, words, XS_VICINITY_BITS);
	__u32 index = (family == XS_FAMILY_IPV6) * XS_VICINITY_WORDS + vicinity / 64;
	__u64 *word = bpf_map_lookup_elem(map, &index);

	return word && *word >> (vicinity & 63) & 1;
}

/* Which of so many words: the upper bits decide, since multiplication moves bits up (Lemire 2019, "Fast
 * Random Integer Generation in an Interval"). */
static __always_inline __u32 xs_filter_word(__u32 hash, __u32 words)
{
	return (__u64)hash * words >> 32;
}

/* Two of 64 bits for the first sieve, three for the second. */
static __always_inline __u64 xs_coarse_bits(__u32 hash)
{
	__u32 bits = (hash ^ hash >> 15) * XS_HASH_4;

	return 1ULL << (bits >> 26) | 1ULL << (bits >> 20 & 63);
}

static __always_inline __u64 xs_fine_bits(__u32 hash)
{
	__u32 bits = (hash ^ hash >> 13) * XS_HASH_5;

	return 1ULL << (bits >> 26) | 1ULL << (bits >> 20 & 63) | 1ULL << (bits >> 14 & 63);
}

/* `sieve`: its first word in the upper 32 bits, the number of its words in the lower. */
static __always_inline bool xs_sieve_has(void *map, __u64 sieve, __u32 hash, __u64 bits)
{
	__u32 at = (sieve >> 32) + xs_filter_word(hash, sieve);
	__u32 index = at / XS_LINE_WORDS;
	struct xs_line *line = bpf_map_lookup_elem(map, &index);

	return line && (line->words[at & (XS_LINE_WORDS - 1)] & bits) == bits;
}

static __always_inline bool xs_filter_has(void *map, __u64 coarse, __u64 fine, __u32 hash)
{
	return xs_sieve_has(map, coarse, hash, xs_coarse_bits(hash)) &&
	       (!fine || xs_sieve_has(map, fine, hash, xs_fine_bits(hash)));
}

#endif
