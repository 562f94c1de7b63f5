import { ByteSource } from '../../src/capture/bytes.ts';
import { Damage } from '../../src/capture/frame.ts';
import { isPcap, pcapFrames } from '../../src/capture/pcap.ts';
import { pcapngFrames } from '../../src/capture/pcapng.ts';

export type CapturedFrame = { readonly linkType: number; readonly bytes: Uint8Array };

/** All frames of a capture, of whatever link, as far as it can be read. */
export function readCapture(path: string): CapturedFrame[] {
  const source = new ByteSource(path);
  const frames: CapturedFrame[] = [];
  try {
    const found = isPcap(source.peek(4)!) ? pcapFrames(source) : pcapngFrames(source);
    for (const { linkType, bytes } of found) frames.push({ linkType, bytes: Uint8Array.from(bytes) });
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
  } finally {
    source.close();
  }
  return frames;
}
