import { defaultPolicy } from '../src/config/load.ts';
import { scenes } from './eval/scenes/all.ts';
import { judge } from './eval/scenes/judge.ts';
import { play } from './eval/scenes/play.ts';

const policy = defaultPolicy();
for (const scene of scenes.filter((it) => it.group === 'crowd' && it.row.includes('unrelated'))) {
  const v = judge(scene, play(scene, policy));
  console.log(scene.row, scene.column, v.isFound, v.named, v.innocent.length, v.isBlocked);
}
