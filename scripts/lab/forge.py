"""Sends a TCP SYN in the name of somebody else to each of some ports. Usage: forge.py FROM TO PORT..."""
import socket
import struct
import sys

source, destination, ports = sys.argv[1], sys.argv[2], [int(port) for port in sys.argv[3:]]
family = socket.AF_INET6 if ":" in destination else socket.AF_INET


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(port):
    addresses = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    bare = struct.pack("!HHLLBBHHH", 40000, port, 1, 0, 5 << 4, 2, 1024, 0, 0)
    check = checksum(addresses + struct.pack("!LL", len(bare), socket.IPPROTO_TCP) + bare)
    segment = bare[:16] + struct.pack("!H", check) + bare[18:]
    if family == socket.AF_INET6:
        return struct.pack("!LHBB", 6 << 28, len(segment), socket.IPPROTO_TCP, 64) + addresses + segment
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, 0)
    return header + addresses + segment  # the kernel fills in the checksum of the header


with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    for port in ports:
        raw.sendto(syn(port), (destination, 0))
