/**
 * How good the built-in rules are, or those of POLICY=FILE: replays the captures beside the project, of which it is known what is in them, and prints
 * who was found by kind of scan, after how many probes, and who was taken for a scanner and is none. `make eval`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Capture } from '../src/capture/open.ts';
import { table } from '../src/cli/output.ts';
import { defaultPolicy, loadPolicy } from '../src/config/load.ts';
import { replay } from '../src/replay/replay.ts';
import { factsOf } from '../src/replay/report.ts';
import { shareText } from './eval/interval.ts';
import { judgeInnocent, judgeScans, type Outcome } from './eval/judge.ts';
import { readTruths } from './eval/truth.ts';

const CAPTURES = fileURLToPath(new URL('../../shared/pcaps/', import.meta.url));
const path = process.env['POLICY'];
const policy = path ? loadPolicy(path) : defaultPolicy();

/** `guess`: where one host stands out, what went to it is judged, as it would be there. `each`: every host of the network. */
const MODES = { host: 'guess', network: 'each' } as const;

if (!existsSync(CAPTURES)) {
  console.error(`eval: ${CAPTURES} is not there: it holds the captures and INDEX.tsv`);
  process.exit(3);
}
const truths = readTruths(join(CAPTURES, 'INDEX.tsv'));
for (const [mode, protect] of Object.entries(MODES)) {
  const outcomes: Outcome[] = truths.map((truth) => {
    const captures = [new Capture(join(CAPTURES, truth.file))];
    const replayed = replayOrNothing({ policy, captures, protect, served: undefined });
    return { truth, facts: replayed ? [...replayed.stories].map((story) => factsOf(story, replayed)) : [] };
  });
  print(mode, outcomes);
}

/** Of a capture whose links are not known nobody can be judged. */
function replayOrNothing(request: Parameters<typeof replay>[0]) {
  try {
    return replay(request);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'XS_ERR_LINK_TYPE' || code === 'XS_ERR_CAPTURE') return undefined;
    throw error;
  }
}

function print(mode: string, outcomes: readonly Outcome[]): void {
  const scans = judgeScans(outcomes);
  const innocent = judgeInnocent(outcomes);
  console.log(`\n${mode} mode: ${outcomes.length} captures\n`);
  console.log(
    table(
      ['scan', 'alerted of', 'blocked', 'probes: median', '95 %', 'worst'],
      scans.map(({ kind, alerted, blocked, probes }) => [
        ...[kind, shareText(alerted), shareText(blocked)],
        ...[probes?.median ?? '-', probes?.p95 ?? '-', probes?.worst ?? '-'],
      ]),
    ),
  );
  for (const { kind, missed } of scans)
    if (kind !== 'all') for (const file of missed) console.log(`missed (${kind}): ${file}`);
  console.log('');
  console.log(
    table(
      ['others in', 'alerted of', 'blocked'],
      innocent.map(({ folder, alerted, blocked }) => [folder, shareText(alerted), shareText(blocked)]),
    ),
  );
  for (const { alarms } of innocent)
    for (const { file, source, rule, isBlocked } of alarms)
      console.log(`${isBlocked ? 'blocked' : 'alerted of'}: ${source} in ${file}, by ${rule}`);
}
