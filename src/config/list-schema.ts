import { z } from 'zod';
import { listFormats } from '../lists/reading.ts';
import { MAX_LISTS } from '../values/prefix-columns.ts';
import { duration, filePath, section, textual, wholeNumber, word } from './fields.ts';
import { complain } from './found.ts';
import { eachNameOnce, ownName } from './names.ts';
import { readPath } from './places.ts';

/** What a list has that leaves this out. */
export const DEFAULT_REFRESH = '1h';
const SHORTEST_REFRESH_MS = 60_000;

const WEB_ADDRESS = 'an http or https URL';

/** URLs as they go over the wire, which is how they are compared. */
function readUrl(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL takes them out without a word
  if (!URL.canParse(text) || /[\u0000-\u0020\u007f]/.test(text)) return undefined;
  const { protocol, href } = new URL(text);
  if (Buffer.byteLength(href) > 4096) throw new Error('the URL is longer than 4096 bytes');
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

const fields = section({
  name: ownName('list name').meta({
    description: 'Name of the list, in messages and as the metric label `list`. Every list has one.',
    samples: ['drop'],
  }),
  file: filePath()
    .optional()
    .meta({
      description:
        'File with the list, as it is or packed by gzip; followed while the sentry runs. Goes without `url`.',
      samples: ['/etc/xdpsentry/blocked.txt'],
    }),
  url: textual('URL', WEB_ADDRESS, readUrl)
    .optional()
    .meta({
      description:
        'Where the list is to be had, instead of `file`; each `refresh` the server is asked whether it has changed. Goes without `file`.',
      pattern: '^https?://\\S+$',
      allowed: WEB_ADDRESS,
      samples: ['https://www.spamhaus.org/drop/drop_v4.json'],
    }),
  format: word('list format', ['auto', ...listFormats])
    .prefault('auto')
    .meta({
      description:
        'How it is written: `plain`, an address or network a line; `netset`, which is read the same way; `spamhaus`, JSON ' +
        'lines; `auto`: its first line tells.',
    }),
  refresh: duration('30d')
    .optional()
    .meta({
      description:
        'Time between two looks at `url`; one minute at least, and please think of who pays for them.',
      unit: 'duration',
      otherwise: DEFAULT_REFRESH,
      samples: ['1h', '1d'],
    }),
  max_size: wholeNumber(1, 1024).prefault(64).meta({
    description: 'A list that is larger, packed or not, is not taken.',
    unit: 'MiB',
  }),
});

const list = fields.superRefine(
  (value, context) => {
    const complaint = (message: string, path: string[] = []) =>
      context.addIssue({ code: 'custom', message, path });
    const { file, url, refresh } = value ?? {};
    if (file === undefined && url === undefined) complaint('does not say where it is; add file or url');
    if (file !== undefined && url !== undefined)
      complaint('does not go with file; leave one of the two out', ['url']);
    if (refresh === undefined) return;
    if (url === undefined) complaint('goes with url only; a file is read whenever it changes', ['refresh']);
    else if (refresh < SHORTEST_REFRESH_MS) complaint('is shorter than 1m; write it like 1h', ['refresh']);
  },
  { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
);

/** Block lists. */
export const lists = z
  .array(list, { error: (issue) => complain(issue.input, 'list', 'a list of block lists, or [] for none') })
  .max(MAX_LISTS, { error: `has more than ${MAX_LISTS} entries; put several lists into one` })
  .superRefine(eachNameOnce('lists'), { when: ({ value }) => Array.isArray(value) })
  .prefault([])
  .meta({
    description:
      'Block lists: whoever is on one is dropped (`enforce`), or the list is only read and told of (`observe`). ' +
      'docs/lists.md tells more.',
    allowed: `a list of up to ${MAX_LISTS} block lists`,
  });

const CACHE = 'the absolute path of a directory, or off';

/** Where copies of lists are kept. */
export const listCache = textual('directory', CACHE, (text) => {
  const directory = text === 'off' ? undefined : readPath(text);
  return directory === undefined && text !== 'off' ? undefined : { directory };
})
  .prefault('/var/lib/xdpsentry/lists')
  .meta({
    description:
      'Directory for the last good copy of each list from the network, so that a start without network has it. It is made ' +
      'when it is needed.',
    allowed: CACHE,
    samples: ['off'],
  });
