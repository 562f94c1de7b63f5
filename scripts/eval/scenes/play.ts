import type { Policy } from '../../../src/config/policy.ts';
import { replay } from '../../../src/replay/replay.ts';
import { factsOf, type SourceFacts } from '../../../src/replay/report.ts';
import type { Story } from '../../../src/replay/story.ts';
import { NS_PER_SECOND } from '../../../src/values/duration.ts';
import { type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { fitted } from '../tables.ts';
import { MadeCapture } from '../traffic/made-capture.ts';
import type { Scene } from './scene.ts';

/** What the replay says of a source, and the longest of its blocks; Infinity: one without end. */
export type SceneFacts = SourceFacts & { readonly longestBlockSeconds: number };

/** The scene through the same reader, program and rules as a capture. Throws a SentryError. */
export function play(scene: Scene, policy: Policy): SceneFacts[] {
  const shots = scene.shots();
  const replayed = replay({
    policy: fitted(policy, shots.length),
    captures: [new MadeCapture(shots)],
    protect: scene.protects.map(prefixIn),
    served: undefined,
    guard: scene.guards.map(prefixIn),
  });
  return [...replayed.stories].map((story) => ({
    ...factsOf(story, replayed),
    longestBlockSeconds: longestBlock(story),
  }));
}

function prefixIn(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`"${text}" is no address or network`);
  return prefix;
}

const longestBlock = ({ blocks }: Story): number =>
  Math.max(0, ...blocks.map(({ atNs, expiresNs = Infinity }) => (expiresNs - atNs) / NS_PER_SECOND));
