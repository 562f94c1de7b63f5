import type { RingBuffer } from 'bpf-loader-native';

/** Whether the events of a ring are read. */
export class RingWatch {
  #hasRead = false;

  /** Some were read. */
  note(): void {
    this.#hasRead = true;
  }

  /** True: none waits, or some were read since the last time that this was asked. */
  isRead(ring: Pick<RingBuffer, 'hasRecords'>): boolean {
    const hasRead = this.#hasRead;
    this.#hasRead = false;
    return hasRead || !ring.hasRecords();
  }
}
