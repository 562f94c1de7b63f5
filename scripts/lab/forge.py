"""
Sends a TCP segment (default: a SYN) in the name of somebody else to each of some ports.
Usage: forge.py [--flags NUMBER] FROM TO PORT... [-- [--flags NUMBER] FROM TO PORT...]...
"""
import itertools
import socket
import struct
import sys
import zlib


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def packet(family, source, destination, port, flags):
    addresses = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    # A sequence number of the source's own: with one for all, these would be one scan among decoys.
    sequence = zlib.crc32(addresses)
    bare = struct.pack("!HHLLBBHHH", 40000, port, sequence, 0, 5 << 4, flags, 1024, 0, 0)
    check = checksum(addresses + struct.pack("!LL", len(bare), socket.IPPROTO_TCP) + bare)
    segment = bare[:16] + struct.pack("!H", check) + bare[18:]
    if family == socket.AF_INET6:
        return struct.pack("!LHBB", 6 << 28, len(segment), socket.IPPROTO_TCP, 64) + addresses + segment
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, 0)
    return header + addresses + segment  # the kernel fills in the checksum of the header


def forge(order):
    flags = 2  # SYN
    if order[0] == "--flags":
        flags, order = int(order[1]), order[2:]
    source, destination, *ports = order
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for port in ports:
            raw.sendto(packet(family, source, destination, int(port), flags), (destination, 0))


for is_separator, words in itertools.groupby(sys.argv[1:], lambda word: word == "--"):
    if not is_separator:
        forge(list(words))
