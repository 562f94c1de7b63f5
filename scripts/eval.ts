/**
 * How good the built-in rules are, or those of POLICY=FILE: replays the captures beside the project, of which it is known what is in them,
 * and scenes that are generated, and prints a table for each of the metrics. With --json the figures and all that they are made of,
 * instead; with --write also docs/evaluation.md.
 *
 * Usage: node scripts/eval.ts [--json] [--write] [captures] [generated]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../src/cli/output.ts';
import { defaultPolicy, loadPolicy } from '../src/config/load.ts';
import { backgrounds } from './eval/background.ts';
import { type Mode, modes, replayCaptures } from './eval/captures.ts';
import { writeDocument } from './eval/documents.ts';
import type { Evaluation } from './eval/evaluation.ts';
import { runOf } from './eval/run.ts';
import { scenes } from './eval/scenes/all.ts';
import { judge } from './eval/scenes/judge.ts';
import { play } from './eval/scenes/play.ts';
import { sceneName } from './eval/scenes/scene.ts';
import { sectionsOf } from './eval/sections/all.ts';
import { cellText, type Section } from './eval/sections/section.ts';
import { readTruths } from './eval/truth.ts';

const CAPTURES = fileURLToPath(new URL('../../shared/pcaps/', import.meta.url));
const PARTS = ['captures', 'generated'];

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, write: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !PARTS.includes(name));
if (unknown.length > 0) end(2, `there is no part ${unknown.join(', ')}; there are ${PARTS.join(' and ')}`);
if (values.write && positionals.length > 0) end(2, 'the document needs both parts, and of one run');
const wants = (part: string) => positionals.length === 0 || positionals.includes(part);
if (wants('captures') && !existsSync(CAPTURES))
  end(
    3,
    `${CAPTURES} is not there: it holds the captures and INDEX.tsv; \`make eval PART=generated\` does without`,
  );

const path = process.env['POLICY'];
const policy = path ? loadPolicy(path) : defaultPolicy();
const start = performance.now();
const truths = wants('captures') ? readTruths(join(CAPTURES, 'INDEX.tsv')) : [];
const verdicts = wants('generated') ? scenes.map((scene) => judge(scene, play(scene, policy))) : [];
const replayed = (mode: Mode) => replayCaptures(policy, CAPTURES, truths, mode);
const evaluation: Evaluation = {
  captures: { host: replayed('host'), network: replayed('network') },
  verdicts,
  ...(wants('generated') && { backgrounds: backgrounds() }),
};
const sections = sectionsOf(evaluation);
const run = runOf({
  command: ['make eval', ...(path ? [`POLICY=${path}`] : []), ...(values.write ? ['WRITE=1'] : [])].join(' '),
  policy: policy.origin,
  captures: truths.length,
  scenes: verdicts.length,
  seconds: Math.round((performance.now() - start) / 1000),
});

if (values.json) console.log(JSON.stringify({ run, sections, ...details(evaluation) }, undefined, 1));
else for (const section of sections) print(section);
if (values.write) writeDocument({ run, sections });
if (!values.json)
  console.log(
    `\n${run.captures} captures and ${run.scenes} scenes by the rules of ${run.policy}, in ${run.seconds} s`,
  );

/** What the figures are made of: a line for each capture and each scene. */
function details({ captures, verdicts: all }: Evaluation) {
  const sources = modes.map((mode) => [
    mode,
    captures[mode].map(({ truth, ...said }) => ({ ...truth, ...said })),
  ]);
  return {
    captures: Object.fromEntries(sources),
    scenes: all.map(({ scene, ...verdict }) => {
      const { shots: _, ...truth } = scene;
      return { name: sceneName(scene), truth, verdict };
    }),
  };
}

function print({ metric, title, about, head, rows, notes }: Section): void {
  console.log(`\n${metric}: ${title}\n\n${about}\n`);
  console.log(
    table(
      head,
      rows.map((row) => row.map(cellText)),
    ),
  );
  for (const note of notes) console.log(note);
}

function end(code: number, message: string): never {
  console.error(`eval: ${message}`);
  process.exit(code);
}
