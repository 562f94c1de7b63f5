import { crowdScenes, decoyScenes } from './crowds.ts';
import { toolScenes } from './fingerprints.ts';
import { forgeryScenes } from './forgeries.ts';
import { innocentScenes } from './innocents.ts';
import { kindScenes } from './kinds.ts';
import { rateScenes } from './rates.ts';
import type { Scene } from './scene.ts';

export const scenes: readonly Scene[] = [
  ...kindScenes,
  ...rateScenes,
  ...crowdScenes,
  ...decoyScenes,
  ...toolScenes,
  ...forgeryScenes,
  ...innocentScenes,
];
