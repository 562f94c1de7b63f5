import type { Frame, FrameSource } from '../../../src/capture/frame.ts';
import { linkTypes } from '../../../src/capture/link-type.ts';
import { instantOf, type Shot } from '../../packets/shot.ts';

/** Frames that were made, in the order of their times, in the place of a capture of Ethernet. */
export class MadeCapture implements FrameSource {
  readonly #shots: readonly Shot[];

  constructor(shots: readonly Shot[]) {
    this.#shots = shots.toSorted((a, b) => a.at - b.at);
  }

  *frames(): Generator<Frame> {
    for (const { at, frame } of this.#shots)
      yield { linkType: linkTypes.ethernet, ...instantOf(at), bytes: frame };
  }
}
