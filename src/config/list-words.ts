import type { ListSpec } from '../lists/list.ts';
import { shownUrl } from '../lists/url.ts';
import type { Policy } from './policy.ts';
import { exact } from './rule-words.ts';

/** Which block lists there are, and what they do; nothing without any. */
export function listLines({ lists, listCache, mode }: Policy): string[] {
  const effect =
    mode === 'observe' ? 'read and told of (enforce: who is on it is dropped)' : 'who is on it is dropped';
  const kept = listCache === undefined ? 'no copy is kept' : `copies in ${listCache}`;
  const isRemote = lists.some(({ source }) => source.kind === 'url');
  return [
    ...lists.map((list) => `List ${list.name}: ${sourceWords(list)}: ${effect}.`),
    ...(isRemote ? [`Lists from the network: ${kept}.`] : []),
  ];
}

function sourceWords({ source, format, maxBytes }: ListSpec): string {
  const where =
    source.kind === 'file'
      ? `the file ${source.path}`
      : `${shownUrl(source.url)}, asked again each ${exact(source.refreshMs)}`;
  const written = format === undefined ? '' : `, format ${format}`;
  return `${where}${written}, up to ${maxBytes >> 20} MiB`;
}
