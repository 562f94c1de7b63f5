import { learn } from './learn.ts';import { reaction } from './reaction.ts';import { controller } from './controller.ts';import { lists } from './lists.ts';import { start } from './start.ts'; import {live} from './live.ts';
import { Scene } from './scene.ts';
for (const s of ['SIGINT','SIGTERM']) process.on(s, () => void scene.interrupt());
const scene = new Scene();
for (const part of [learn, reaction, controller, lists, start, live].filter((p)=>process.argv.includes(p.name))) {
try {
  const t = performance.now();
  const { results, missing } = await part.run(scene, (s) => console.error(((performance.now()-t)/1000).toFixed(1), s));
  console.error('took', performance.now()-t);
  for (const r of results) console.log([r.part,r.tool,r.what,'v'+r.family,r.blocks,r.median.toPrecision(4),r.min.toPrecision(4),r.max.toPrecision(4),r.unit,'n='+r.samples.length, r.lost].join(' | '));
  for (const m of missing) console.log(m);
} catch (e) { console.error(part.name, e); }
finally { await scene[Symbol.asyncDispose](); }
}
