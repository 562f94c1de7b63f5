/** Frames to be read twice: those of ../shared/pcaps, and made ones. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { linkTypes } from '../../src/capture/link-type.ts';
import { Capture, type Frame } from '../../src/capture/open.ts';
import { SentryError } from '../../src/errors.ts';
import { madeFrames } from './made.ts';

const pcaps = new URL('../../../shared/pcaps/', import.meta.url).pathname;
const captured = ['scan', 'benign', 'neg_hard', 'neg_other', 'malformed'] as const;
export const folders = [...captured, 'made'] as const;
export type Folder = (typeof folders)[number];
const MADE = 5000;

export type Exhibit = {
  readonly folder: Folder;
  /** For people. */
  readonly where: string;
  readonly linkType: number;
  /** The next one overwrites them. */
  readonly bytes: Uint8Array;
};

/** In the same order each time. */
export function* allFrames(): Generator<Exhibit> {
  for (const folder of captured) {
    for (const name of readdirSync(join(pcaps, folder)).sort()) {
      let number = 1;
      for (const { linkType, bytes } of known(join(pcaps, folder, name)))
        yield { folder, where: `${folder}/${name}, frame ${number++}`, linkType, bytes };
    }
  }
  let number = 1;
  for (const bytes of madeFrames(MADE))
    yield { folder: 'made', where: `made frame ${number++}`, linkType: linkTypes.ethernet, bytes };
}

/** Frames of the links that xdpsentry knows. */
function* known(path: string): Generator<Frame> {
  try {
    yield* new Capture(path).frames();
  } catch (error) {
    if (!(error instanceof SentryError) || error.code !== 'XS_ERR_LINK_TYPE') throw error;
  }
}
