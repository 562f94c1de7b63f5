import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeIfChanged } from '../gen/write.ts';
import { judge } from './bars.ts';
import { type Plot, plotsOf } from './plots.ts';
import { barsTable, losses, reasons, tableOf, toMarkdown } from './report.ts';
import type { Bench, PartName } from './result.ts';
import { summarise } from './statistics.ts';

const docs = new URL('../../docs/', import.meta.url);
const directory = new URL('performance/', docs);
const figures = new URL('bench.json', directory);

/** Keeps the figures of a run beside the document that is made of them. */
export function writeDocuments(bench: Bench): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(figures, `${JSON.stringify(bench, undefined, 1)}\n`);
  renderDocuments();
}

/** Makes the document and its plots of the figures that are kept. */
export function renderDocuments(): void {
  const bench = keptBench();
  const plots = plotsOf(bench.results);
  for (const { file, svg } of plots) writeIfChanged(new URL(file, directory), svg);
  writeIfChanged(new URL('performance.md', docs), page(bench, plots));
}

/** The figures of the last run that was kept; what sums up the samples is made of them anew. */
export function keptBench(): Bench {
  const bench = JSON.parse(readFileSync(figures, 'utf8')) as Bench;
  const results = bench.results.map((result) => ({ ...result, ...summarise(result.samples) }));
  return { ...bench, results };
}

/** docs/performance.md */
export function page(bench: Bench, plots: readonly Plot[]): string {
  const { machine } = bench;
  const part = (name: PartName) => toMarkdown(tableOf(bench, name));
  const image = (file: string) =>
    plots
      .filter((plot) => plot.file === file)
      .map(({ alt }) => `![${alt}](performance/${file})\n\n`)
      .join('');
  const notes = [...reasons(bench.missing).map((why) => `not available: ${why}`), ...losses(bench.results)];
  return `# Performance

Made by \`make bench WRITE=1\` from [the figures of one run](performance/bench.json); the words between them are in
\`scripts/bench/documents.ts\`.

| | |
| --- | --- |
| command | \`${machine.command}\` |
| when | ${machine.at} |
| kernel | ${machine.kernel} |
| CPU | ${machine.cpu}, ${machine.cpus} of them for the machine |
| memory | ${machine.memoryGb} GB |
| Node.js | ${machine.node} |

A figure is the median of \`n\` samples, with the least and the greatest beside it. What a packet costs and packets a second have several rounds, and in each round
every row has its turn, so that what else the machine does meets them all; a ratio is the median of the ratios within each round. Where \`n\` is 1 it is a single run, or a
percentile within one: nothing is known of its spread. Of the controller's memory and its answers to \`status\`, \`n\` counts what was seen in one flood. Compare rows of one table, and distrust
a row whose greatest figure is far from its least. Peers are Debian's packages as they come. All packets stay between network
namespaces on this machine: there is no network card in any of these figures.

## The bars

What the project has promised itself, and whether this run kept it.

${toMarkdown(barsTable(judge(bench.results)))}

${notes.length > 0 ? `${notes.map((note) => `- ${note}`).join('\n')}\n\n` : ''}## What is missed, and what was tried

Figures of this section are from the search (November 2026, the machine above, IPv4); those of the run are in the tables.

- **An innocent packet.** To draw a source and read the headers takes 17 ns here, so 1.5 times that leaves 8 ns. Without a block the hash and the first line of the filter take 7 of them. At a million
  blocks 20 more go: the filter's coarse sieve is made for the second-level cache, and by its arithmetic lets one packet in six on to the fine one, which is
  larger than that. Tried at a million: one sieve of 4 MB (59 ns), coarse sieves of 128 KB (80), 256 KB (66), 512 KB (43 to 47, what is used), 1 MB (41), 2 MB (46); three or four keys a word instead of two (41 to 48, and
  slower with fewer blocks). A filter that lets nobody through wrongly would have to fit the first-level cache.
- **One blocked source.** \`XDP_DROP\` is 45 ns in this rig, sending included, so 0.9 leaves 5 ns: less than reading the headers takes. xdp-filter leaves 0.6.
- **A million blocked sources.** Each packet finds filter and entry in memory that is in no cache. Over IPv4 that is twice to three times what nftables and ipset reach, over IPv6 hardly more than they do.
- **A flood.** Each probe needs cold memory of its own: the place at the door. Done so far: nobody is looked for in the table of sources who is not known to be in it, the precise clock and the
  ignore list's trie are not asked, questions to the network stack are remembered for 17 ms. The rest is counting by port and kind, and the door.
- **The controller.** A source that is let in and blocked costs it about 150 us, with alert, log line and metrics. The door lets 780 a second in; with 3,100 it was 54 % of a core. Fewer events a
  second (2,048 instead of 4,096) and a larger young generation of the heap made no difference.
- **A scanner in the flood.** Where its probes meet the door is chance (docs/floods.md has the odds), so one run says little. The run in the tables did not catch the IPv4 one within its 200 probes. Of six runs of
  this part that day it was the only one: the other five caught the scanner at its 32nd to 99th probe over IPv4, all six at the 33rd to 167th over IPv6 and at the 59th to 118th where each forged source sends twice. A larger share of
  the door for it is a larger share for the flood, and costs the controller.

## What a packet costs

\`BPF_PROG_TEST_RUN\` of the program, the sources drawn at random, so that tables are not found in the cache more often than they would be in real
traffic. Networks on a list are of IPv4 /22 to /31: wider ones would lie within one another, and be one. \`generator alone\` is the drawing, which is in every other row as well; \`${'parse only'}\` also reads the headers and counts.

${image('innocent.svg')}${part('cost')}

What limits it: reading the headers, and how much of the block table's filter the cache holds. There is no driver in these figures, and
the packet itself is always in the cache.

## Packets per second

Frames are made by a generator of our own (\`scripts/bench/generator.bpf.c\`, live frames of \`BPF_PROG_TEST_RUN\`), redirected into a veth and received at its other
end, on the same core: a figure is what one core sends *and* receives. Every packet is accounted for by the tool's own counter; what
is not counts as lost. Of the sentry, rows with more than one block are entries of a list, and all of them are in force; the one
block is one of its block table. Tools of the network stack have GRO on, as network cards do. Blocked sources of IPv4 are drawn from
198.18.0.0/15, which has 131,072 addresses, whatever else the table holds; those of IPv6 from 1,000,000 /64s. \`XDP_PASS\` is what the network stack
takes without any of these tools, when it has no route back to the source. The sender of \`iptables rules\` is in the middle of them.

${image('packets-per-second.svg')}${image('blocked.svg')}${part('live')}

What limits it: sending costs as much as \`XDP_DROP\` does altogether, so that row is the floor of the rig and the ratio to it hides no nanosecond. A real
network card adds its driver's own work to every row alike, which brings the ratios closer to 1.

## What a scanner learns

Ports of 1 to 1024, all closed, whose state the scanner learns after its first probe, which is the one that gives it away. The sentry has one instant rule,
PortSentry runs in advanced stealth mode with the iptables rule that its configuration recommends.

${part('learn')}

What limits it: nothing in the sentry, which blocks before the probe has left the program. PortSentry reads a copy of each packet when it is its turn
to run, and then starts iptables; nmap may be through by then.

## Reaction

As the scanner sees it: probes that are still answered after the deciding one, at 50,000 a second; a figure of 250 ms is a lower bound. By the
sentry's metrics (\`xdpsentry_reaction_seconds\`): from the deciding probe, as the kernel saw it, to the block being in force; the upper bound of
the bucket.

${part('reaction')}

What limits it: in the kernel, one write into the block table. In the controller, waking the process: it is at work in some tens of microseconds
when the CPU is free, and has to wait for its turn when it is not.

## Under a flood

Probes from as many forged sources as there are, as fast as one core sends them, for ten seconds, with the default rules and \`probes: drop\`; and nmap
scanning at 100 probes a second meanwhile. In one flood more, each forged source sends twice in a row, to two ports. CPU time is all that the controller
has used from before the flood until it has caught up with it, over the flood's own time.

${part('controller')}

What limits it: events a second that the kernel tells of, which are bounded. The controller shares the machine's cores with the flood.

## Loading a list

${part('lists')}

For each tool, the time of its one command that reads a file which is there: \`xdpsentry block --file\`, \`nft --file\`, \`ipset restore\`. The sentry
loads the list once more while sources scan, from before the load until after it; the reactions are its own metric, by the bound of the bucket, and
\`over\` is what lies beyond the last one.

What limits it: for the sentry, reading the file and building the kernel's table, one after the other, on threads of their own. For the peers,
the same file in their own command's language.

## Start

From the start of the process to the first packet that is watched. With a list, the sentry watches first and reads meanwhile: the second row is when the
list keeps its sources out.

${part('start')}

What limits it: starting Node.js and reading the modules; then loading and verifying the program.
`;
}
