import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page } from '../../../scripts/eval/documents.ts';
import type { Evaluation } from '../../../scripts/eval/evaluation.ts';
import type { Harm, Verdict } from '../../../scripts/eval/scenes/judge.ts';
import type { Scene } from '../../../scripts/eval/scenes/scene.ts';
import { sectionsOf } from '../../../scripts/eval/sections/all.ts';
import { cellText, type Section } from '../../../scripts/eval/sections/section.ts';
import { truthOf } from '../../../scripts/eval/truth.ts';

type Given = { readonly scene: Partial<Scene> & Pick<Scene, 'group' | 'row' | 'column'> } & Partial<
  Omit<Verdict, 'scene'>
>;
const verdict = ({ scene, ...given }: Given): Verdict => ({
  scene: {
    ...{
      turn: 1,
      protects: [],
      guards: [],
      scanners: [],
      forged: [],
      class: undefined,
      tool: undefined,
      shots: () => [],
    },
    ...scene,
  },
  ...{ isFound: false, isBlocked: false, named: 0, forged: [], innocent: [] },
  ...{ portsToAlert: undefined, class: undefined, tool: undefined },
  ...given,
});
const harm = (source: string, isBlocked: boolean, longestBlockSeconds = 600): Harm => ({
  ...{ source, rule: 'scan', isBlocked },
  longestBlockSeconds: isBlocked ? longestBlockSeconds : 0,
});
const tables = (...verdicts: readonly Verdict[]): Section[] =>
  sectionsOf({ captures: { host: [], network: [] }, verdicts });
/** Cells of a line, by the beginning of its table's title and of the line. */
function line(sections: readonly Section[], title: string, ...names: readonly string[]) {
  const found = sections.find((section) => section.title.startsWith(title));
  assert.ok(found, `there is no table ${title}`);
  const row = found.rows.find((cells) => names.every((name, index) => cells[index] === name));
  assert.ok(row, `${title} has no line ${names}`);
  return row.slice(names.length).map((cell) => String(cellText(cell)).split(',')[0]);
}

test('without captures and scenes there are no tables', () => {
  assert.deepEqual(tables(), []);
});

test('kinds of scans are counted by what carries them', () => {
  const found = { isFound: true, isBlocked: true, portsToAlert: 4 };
  const sections = tables(
    verdict({ scene: { group: 'kind', row: 'SYN', column: 'IPv4' }, ...found }),
    verdict({ scene: { group: 'kind', row: 'SYN', column: 'IPv4, VLAN' }, ...found, isBlocked: false }),
    verdict({ scene: { group: 'kind', row: 'SYN', column: 'IPv6, hop-by-hop' } }),
    verdict({ scene: { group: 'kind', row: 'UDP', column: 'IPv6' }, ...found, portsToAlert: 9 }),
  );
  assert.deepEqual(line(sections, 'Generated scans, by kind', 'SYN'), [
    '1/1',
    'none',
    '1/1',
    '0/1',
    '2/3',
    '1/3',
  ]);
  assert.deepEqual(line(sections, 'Generated scans, by kind', 'all'), [
    '1/1',
    '1/1',
    '1/1',
    '0/1',
    '3/4',
    '2/4',
  ]);
  assert.deepEqual(line(sections, 'Closed ports', 'generated: SYN'), ['2', '4', '4', '4']);
  assert.deepEqual(line(sections, 'Closed ports', 'generated: UDP'), ['1', '9', '9', '9']);
});

test('of a crowd those are counted that are named, of decoys those that are harmed', () => {
  const sections = tables(
    verdict({
      scene: { group: 'crowd', row: '3 sources', column: '1 port each', scanners: ['a', 'b', 'c'] },
      ...{ isFound: true, named: 2 },
    }),
    verdict({
      scene: { group: 'decoys', row: '3 sources, IPv4', column: 'high', scanners: ['a'], forged: ['b', 'c'] },
      ...{ isFound: true, class: 'decoy', forged: [harm('b', true), harm('c', false)] },
    }),
  );
  assert.deepEqual(line(sections, 'Many sources', '3 sources'), ['1/1', '2/3', '0/1']);
  assert.deepEqual(line(sections, 'nmap -D', '3 sources, IPv4'), ['1/1', '1/1', '0/1', '2/2', '1/2']);
});

test('peers in whose name somebody scans: blocked, and for how long', () => {
  const of = (count: string, ...forged: readonly Harm[]) =>
    verdict({ scene: { group: 'forgery', row: 'admin', column: `UDP, ${count}, IPv4` }, forged });
  const sections = tables(
    of('1 packet'),
    of('10 packets', harm('a', true)),
    of('1000 packets', harm('a', true, 601)),
  );
  assert.deepEqual(line(sections, 'Probes in the name', 'admin', 'UDP'), ['0/1', '1/1', '1/1', '1/3', '2/3']);
});

test('bystanders of scans and people in innocent traffic who are blamed are counted, and named', () => {
  const sections = tables(
    verdict({
      scene: { group: 'innocent', row: 'pings', column: 'IPv4' },
      innocent: [harm('192.0.2.1', true)],
    }),
    verdict({ scene: { group: 'rate', row: '60/h', column: 'high' }, innocent: [harm('192.0.2.2', false)] }),
  );
  assert.deepEqual(line(sections, 'Generated innocent', 'pings'), ['1/1', '1/1']);
  assert.deepEqual(line(sections, 'Generated innocent', 'bystanders of scans'), ['1/1', '0/1']);
  const { notes } = sections.find(({ title }) => title === 'Generated innocent traffic')!;
  assert.deepEqual(notes, ['wrongly blocked: 192.0.2.1 by scan (pings, IPv4)']);
});

test('what a scan is told to be is held against what it is; what nobody saw is missed', () => {
  const scene = { group: 'kind', row: 'FIN', column: 'IPv4', class: 'stealth' } as const;
  const sections = tables(
    verdict({ scene, isFound: true, class: 'stealth' }),
    verdict({ scene, isFound: true, class: 'single' }),
    verdict({ scene }),
  );
  const title = 'Generated scans: what they are';
  assert.deepEqual(sections.find((section) => section.title.startsWith(title))?.head, [
    ...['is', 'stealth', 'single', 'missed', 'right'],
  ]);
  assert.deepEqual(line(sections, title, 'stealth'), ['1', '1', '1', '1/3']);
});

test('a tool counts as named when it is the right one', () => {
  const scene = { group: 'tool', row: 'zmap, 4.0', column: 'one source, high', tool: 'zmap' } as const;
  const few = { ...scene, column: 'two probes each of 4, high' };
  const sections = tables(
    verdict({ scene, tool: 'zmap' }),
    verdict({ scene, tool: 'masscan' }),
    verdict({ scene: few }),
  );
  assert.deepEqual(line(sections, 'The tool', 'zmap, 4.0'), ['1/2', '0/1', '1/3']);
});

test('a capture that cannot be replayed is told of, unless it is of a link without IP', () => {
  const malformed = (name: string, isExpected?: boolean) => ({
    truth: truthOf(`malformed/${name}`, '', 'NEGATIVE'),
    facts: [],
    failure: isExpected === undefined ? undefined : { message: 'oh', isExpected },
  });
  const host = [malformed('good'), malformed('usb', true), malformed('bad', false)];
  const evaluation: Evaluation = { captures: { host, network: host }, verdicts: [] };
  const sections = sectionsOf(evaluation);
  assert.deepEqual(line(sections, 'Broken and rare', 'host'), ['3', '1', '1/3', '0/3', '0/3']);
  assert.deepEqual(sections.find(({ metric }) => metric === 'M13')?.notes, [
    ...['failed: malformed/bad, host: oh', 'failed: malformed/bad, network: oh'],
  ]);
});

test('the document has a table for each, with the run that they are of', () => {
  const sections = tables(verdict({ scene: { group: 'innocent', row: 'pings', column: 'IPv4' } }));
  const text = page({
    run: {
      ...{ command: 'make eval WRITE=1', policy: 'built-in default', captures: 0, scenes: 1 },
      ...{ kernel: '6.1', node: 'v24', at: '2026-11-28T12:00:00Z', seconds: 3 },
    },
    sections,
  });
  assert.match(text, /\| command \| `make eval WRITE=1` \|/);
  assert.match(
    text,
    /## M7: Generated innocent traffic\n\n.*\n\n\| traffic \| alerted of \| blocked \|\n\| --- \| --: \| --: \|\n\| pings \| 0\/1, 0-79 % \|/,
  );
});
