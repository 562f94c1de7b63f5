/** Many captures as one file, so that tshark, which takes a second to start, does so once. */
import { closeSync, openSync, writeFileSync } from 'node:fs';

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const UNKNOWN = 0xffff_ffff;
const FLUSH_BYTES = 1 << 20;

/** Writes a pcapng file (draft-ietf-opsawg-pcapng) with an interface for each link type. Frames have no time. */
export class MergedCapture implements Disposable {
  readonly #fd: number;
  readonly #interfaces = new Map<number, number>();
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
    this.#block(SECTION_HEADER, words(BYTE_ORDER, 1, UNKNOWN, UNKNOWN)); // version 1.0, of unknown length
  }

  add(linkType: number, bytes: Uint8Array): void {
    const head = words(this.#interfaceOf(linkType), 0, 0, bytes.length, bytes.length);
    this.#block(ENHANCED_PACKET, Buffer.concat([head, bytes, new Uint8Array(-bytes.length & 3)]));
  }

  /** From here on all that was added is in the file. */
  flush(): void {
    writeFileSync(this.#fd, Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#bytes = 0;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #interfaceOf(linkType: number): number {
    let number = this.#interfaces.get(linkType);
    if (number === undefined) {
      number = this.#interfaces.size;
      this.#interfaces.set(linkType, number);
      this.#block(INTERFACE, words(linkType, 0));
    }
    return number;
  }

  #block(type: number, body: Buffer): void {
    const length = 12 + body.length;
    this.#waiting.push(words(type, length), body, words(length));
    this.#bytes += length;
    if (this.#bytes >= FLUSH_BYTES) this.flush();
  }
}

/** In the machine's byte order, which the section header tells. */
const words = (...values: number[]): Buffer => Buffer.from(new Uint32Array(values).buffer);
