"""
Sends Ethernet frames as they are, each when its time has come.
Usage: send-frames.py INTERFACE FILE; a line of the file is SECONDS HEX, in the order of time; 0 is now.
"""
import socket
import sys
import time

interface, path = sys.argv[1:]
with open(path) as lines:
    frames = [(float(at), bytes.fromhex(frame)) for at, frame in map(str.split, lines)]
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
    raw.bind((interface, 0))
    start = time.monotonic()
    for at, frame in frames:
        time.sleep(max(0.0, start + at - time.monotonic()))
        raw.send(frame)
