import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Capture } from '../../src/capture/open.ts';
import type { Policy } from '../../src/config/policy.ts';
import { replay } from '../../src/replay/replay.ts';
import { factsOf } from '../../src/replay/report.ts';
import type { Outcome } from './judge.ts';
import { fitted } from './tables.ts';
import type { Truth } from './truth.ts';

/** `guess`: where one host stands out, what went to it is judged, as it would be there. `each`: every host of the network. */
const MODES = { host: 'guess', network: 'each' } as const;
export type Mode = keyof typeof MODES;
export const modes = Object.keys(MODES) as Mode[];

/** A record of pcap with an Ethernet header in it; those of pcapng are longer. */
const SHORTEST_RECORD = 16 + 14;

/** What a replay says of each capture of the folder. */
export const replayCaptures = (
  policy: Policy,
  folder: string,
  truths: readonly Truth[],
  mode: Mode,
): Outcome[] => truths.map((truth) => ({ truth, ...replayOne(policy, join(folder, truth.file), mode) }));

function replayOne(policy: Policy, path: string, mode: Mode): Omit<Outcome, 'truth'> {
  const fit = fitted(policy, statSync(path).size / SHORTEST_RECORD);
  const request = { policy: fit, captures: [new Capture(path)], served: undefined, guard: [] };
  try {
    const replayed = replay({ ...request, protect: MODES[mode] });
    return { facts: [...replayed.stories].map((story) => factsOf(story, replayed)), failure: undefined };
  } catch (error) {
    // Of a capture whose links are not known, or that is none, nobody can be judged; anything else should not happen.
    const { code, message } = error as { code?: string; message: string };
    const isExpected = code === 'XS_ERR_LINK_TYPE' || code === 'XS_ERR_CAPTURE';
    return { facts: [], failure: { message, isExpected } };
  }
}
