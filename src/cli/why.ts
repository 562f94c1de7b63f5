import { type Command, InvalidArgumentError } from 'commander';
import type { Story, Why } from '../control/protocol.ts';
import { untilWords } from '../control/why.ts';
import { formatPrefix, fullLength, parsePrefix } from '../values/prefix.ts';
import { askSentry } from './ask-sentry.ts';
import { askingCommand } from './options.ts';
import { type Output, show } from './output.ts';
import { storyLines } from './story-words.ts';

export function whyCommand(output: Output): Command {
  return askingCommand('why')
    .description(
      'what keeps an address out, or lets it in, and what is known of it: what it has touched, how far each rule is, what has happened',
    )
    .argument('<address>', 'one address', parseAddress)
    .action(async (source: string, { socket, json }: { socket: string; json?: true }) => {
      show(output, json, await askSentry(socket, { command: 'why', source }), describe);
    });
}

function parseAddress(text: string): string {
  const prefix = parsePrefix(text);
  if (!prefix || prefix.length !== fullLength(prefix.family))
    throw new InvalidArgumentError('Write one address, like 198.51.100.7 or 2001:db8::7.');
  return formatPrefix(prefix);
}

function describe(why: Story): string {
  const details = [
    ...why.blocks.map(
      (block) =>
        `${byWords[block.by](block.source)} ${untilWords(block)}, ${originWords(block)}, since ${block.since}`,
    ),
    ...why.lists.map(({ name, entry }) => `list ${name} has ${entry}`),
  ];
  const label = why.label === null ? [] : [`it is a research scanner of ${why.label}`];
  const lines = [...label, ...details, ...storyLines(why, Date.now())];
  return [verdictOf(why), ...lines.map((line) => `  ${line}`)].map((line) => `${line}\n`).join('');
}

function verdictOf({ source, verdict, spared }: Why): string {
  if (verdict === 'out') return `${source} is kept out`;
  if (verdict === 'command') return `${source} is let in by the sentry; a rule's command was run for it`;
  if (spared !== null) return `${source} is let in, whatever blocks and lists say: ${spared}`;
  return `${source} is let in: no block and no list has it`;
}

const byWords = {
  xdp: (source: string) => `${source} is blocked`,
  command: (source: string) => `a command was run for ${source}, which counts`,
  record: (source: string) => `${source} is on record, which keeps nobody out,`,
};

const originWords = ({ origin, reason }: Why['blocks'][number]): string =>
  `${origin === 'operator' ? 'by a person' : 'by a rule'} (${reason})`;
