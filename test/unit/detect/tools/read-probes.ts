import { writeEthernet } from '../../../../src/capture/ethernet.ts';
import { Capture } from '../../../../src/capture/open.ts';
import type { Probe, ProbeKind } from '../../../../src/detect/probe.ts';
import { Source } from '../../../support/probes.ts';

const ETHERNET_HEADER = 14;
const IPV4 = 0x0800;
const TCP = 6;
const HEADERS = 74;

/** Flags that no packet of a connection under way has. */
const KINDS: Readonly<Record<number, ProbeKind>> = { 2: 'syn', 0: 'null', 1: 'fin', 41: 'xmas' };

/** All TCP packets of a capture with which something begins, each taken for a probe, whoever sent it to whom and whatever came of it. IPv4 only. */
export function* readProbes(path: string): Generator<Probe> {
  const sources = new Map<string, Source>();
  const target = new Uint8Array(HEADERS + 60);
  for (const { linkType, bytes, seconds, nanoseconds } of new Capture(path).frames()) {
    const frame = target.subarray(0, writeEthernet(linkType, bytes, target));
    const view = new DataView(frame.buffer, 0, frame.length);
    const ip = ETHERNET_HEADER;
    if (frame.length < HEADERS - 20 || view.getUint16(12) !== IPV4 || frame[ip + 9] !== TCP) continue;
    const tcp = ip + (frame[ip]! & 0x0f) * 4;
    const isLaterFragment = (view.getUint16(ip + 6) & 0x1fff) !== 0;
    const kind = tcp + 20 > frame.length || isLaterFragment ? undefined : KINDS[frame[tcp + 13]! & 0x3f];
    if (!kind) continue;
    const name = frame.subarray(ip + 12, ip + 16).join('.');
    const source = sources.get(name) ?? new Source(name);
    sources.set(name, source);
    yield source.probe(seconds * 1e9 + nanoseconds, view.getUint16(tcp + 2), {
      kind,
      destination: frame.subarray(ip + 16, ip + 20).join('.'),
      traits: {
        sourcePort: view.getUint16(tcp),
        ipId: view.getUint16(ip + 4),
        ttl: frame[ip + 8]!,
        tcp: {
          sequence: view.getUint32(tcp + 4),
          window: view.getUint16(tcp + 14),
          headerBytes: (frame[tcp + 12]! >> 4) * 4,
        },
      },
    });
  }
}
