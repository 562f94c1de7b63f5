import { execFileSync } from 'node:child_process';

const HEADER = 24;
const RECORD_HEADER = 16;
const LITTLE_ENDIAN = [0xa1b2c3d4, 0xa1b23c4d];

export type Capture = { readonly linkType: number; readonly frames: readonly Uint8Array[] };

/** Reads a capture of whatever format: tcpdump makes the plain old one of it (draft-ietf-opsawg-pcap). */
export function readCapture(path: string): Capture {
  const bytes = execFileSync('tcpdump', ['-r', path, '-w', '-'], {
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = LITTLE_ENDIAN.includes(view.getUint32(0, true));
  const frames: Uint8Array[] = [];
  for (let at = HEADER; at + RECORD_HEADER <= bytes.length; ) {
    const length = view.getUint32(at + 8, isLittle);
    frames.push(new Uint8Array(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length)));
    at += RECORD_HEADER + length;
  }
  return { linkType: view.getUint32(20, isLittle) & 0xffff, frames };
}
