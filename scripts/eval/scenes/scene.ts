import { Random } from '../../packets/random.ts';
import type { Shot } from '../../packets/shot.ts';
import { hostsOf } from '../traffic/addresses.ts';
import { ipv4, ipv6 } from '../traffic/carriers.ts';
import type { Timed } from '../traffic/probes.ts';
import { Session } from '../traffic/session.ts';

/** Tables that scenes are lines of. */
export const sceneGroups = ['kind', 'rate', 'crowd', 'decoys', 'tool', 'forgery', 'innocent'] as const;
export type SceneGroup = (typeof sceneGroups)[number];

/** Traffic that was never captured, and what is true of it. */
export type Scene = {
  readonly group: SceneGroup;
  /** Line and column of its table. */
  readonly row: string;
  readonly column: string;
  /** Tells those of one cell apart. */
  readonly turn: number;
  /** Networks that count as the host. */
  readonly protects: readonly string[];
  /** Who is never blocked, as the gateways of the host. */
  readonly guards: readonly string[];
  /** Addresses that scan; in a crowd, all of them. */
  readonly scanners: readonly string[];
  /** Addresses in whose name somebody else scans. */
  readonly forged: readonly string[];
  /** What the scan is; undefined: no class of the replay's says it. */
  readonly class: string | undefined;
  /** What it is done with, where that shows. */
  readonly tool: string | undefined;
  readonly shots: () => readonly Shot[];
};

/** A scene's place, and the same again as a name: `kind: SYN, IPv4 #1`. */
export const sceneName = ({ group, row, column, turn }: Pick<Scene, 'group' | 'row' | 'column' | 'turn'>) =>
  `${group}: ${row}, ${column} #${turn}`;

/** What a scene that says nothing else has. */
export const sceneOf = (
  scene: Pick<Scene, 'group' | 'row' | 'column'> & Partial<Scene> & { readonly family: 4 | 6 },
  play: (random: Random) => readonly Shot[],
): Scene => {
  const { family, ...given } = scene;
  const whole = {
    turn: 1,
    protects: [hostsOf[family].host],
    guards: [],
    scanners: [],
    forged: [],
    class: undefined,
    tool: undefined,
    ...given,
  };
  return { ...whole, shots: () => play(new Random(seedOf(sceneName(whole)))) };
};

/** The same name, the same numbers in every run; another one, others. FNV-1a. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash === 0 ? 1 : hash | 0;
}

/** An innocent client before a scan and after its beginning: in no capture a scanner is alone. */
export function bystander(family: 4 | 6, random: Random): Shot[] {
  const { client, host } = hostsOf[family];
  return [0, 9.8].flatMap((at) =>
    new Session(family === 4 ? ipv4 : ipv6, { client, server: host, port: 443 }, random).whole(at),
  );
}

/** When a scan begins. */
export const SCAN_AT = 10;

/** Probes one after the other, `apart` seconds each; what belongs to one keeps its distance to it. */
export const spaced = (probes: readonly (readonly Timed[])[], apart: number, start = SCAN_AT): Shot[] =>
  probes.flatMap((frames, index) =>
    frames.map(([after, frame]) => ({ at: start + index * apart + after, frame })),
  );
