import type { Outcome, PartName } from './result.ts';
import type { Scene } from './scene.ts';

/** One part of the bench. What it sets up belongs to the scene; `say` tells the person who waits what goes on. */
export type Part = {
  readonly name: PartName;
  readonly what: string;
  run(scene: Scene, say: (text: string) => void): Promise<Outcome>;
};
