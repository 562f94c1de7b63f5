import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeIfChanged } from '../gen/write.ts';
import type { Kept } from './run.ts';
import { cellText, type Section } from './sections/section.ts';

const docs = new URL('../../docs/', import.meta.url);
const directory = new URL('evaluation/', docs);
const figures = new URL('eval.json', directory);

/** Keeps the figures of a run beside the document that is made of them. */
export function writeDocument(kept: Kept): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(figures, `${JSON.stringify(kept, undefined, 1)}\n`);
  renderDocument();
}

/** Makes the document of the figures that are kept. */
export function renderDocument(): void {
  writeIfChanged(new URL('evaluation.md', docs), page(JSON.parse(readFileSync(figures, 'utf8')) as Kept));
}

/** docs/evaluation.md */
export const page = ({ run, sections }: Kept): string => `# How good the detection is

Made by \`make eval WRITE=1\` from [the figures of one run](evaluation/eval.json); the words between them are in \`scripts/eval/\`.

| | |
| --- | --- |
| command | \`${run.command}\` |
| rules | ${run.policy} |
| captures | ${run.captures}, each as one host sees it and as a network does |
| generated scenes | ${run.scenes} |
| when | ${run.at}, in ${run.seconds} s |
| kernel, Node.js | ${run.kernel}, ${run.node} |

Everything goes through what \`xdpsentry replay\` is made of ([replay.md](replay.md)): the same reader, the same XDP program, loaded and attached to nothing, the same rules, and the clock of the time stamps.

- **Captures** are other people's, and it is known what is in them. They are beside the project (\`../shared/pcaps\`), not in it.
- **Generated scenes** are what no capture holds, made packet by packet (\`scripts/eval/scenes\`): headers are those that the tools send, hosts answer as hosts do, and an innocent client comes and goes. What the tools send is told by
  their sources and by captures, not by a run of them: a generated scan shows that the detection does what it is meant to, not that it is a match for what will come. The same names give the same packets in every run.

A cell like \`9/10, 60-98 %\` says how many of how many, and the 95 % interval for the share (Wilson). No threshold is fitted to any of this: each has a reason of its own ([config.md](config.md)). What is missed is in the tables as what it is. What a packet costs, what gets through after the deciding probe and how much memory a source takes are measured elsewhere ([performance.md](performance.md)).

${sections.map(sectionText).join('\n')}`;

const sectionText = ({ metric, title, about, head, rows, notes }: Section): string =>
  [
    `## ${metric}: ${title}\n`,
    `${about}\n`,
    `| ${head.join(' | ')} |`,
    `| ${head.map((_, column) => (column === 0 ? '---' : '--:')).join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cellText).join(' | ')} |`),
    '',
    ...(notes.length > 0 ? [...notes.map((note) => `- ${note}`), ''] : []),
  ].join('\n');
