import { live } from './live.ts';
import { Scene } from './scene.ts';
const scene = new Scene();
process.on('SIGINT', () => void scene.interrupt());
try {
  const t = performance.now();
  const { results, missing } = await live.run(scene, (s) => console.error(((performance.now()-t)/1000).toFixed(1), s));
  console.table(results.map((r) => ({ tool: r.tool, what: r.what, f: r.family, b: r.blocks, kpps: Math.round(r.median / 1e3), min: Math.round(r.min/1e3), max: Math.round(r.max/1e3), ns: Math.round(1e9/r.median), lost: r.lost })));
  console.table(missing);
} finally { await scene[Symbol.asyncDispose](); }
