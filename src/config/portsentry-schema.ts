import { z } from 'zod';
import { filePath, flag, section, textual } from './fields.ts';
import { complain } from './found.ts';

/** The version in quotes, or as the number that YAML makes of it. */
const style = z
  .union(
    [
      z.literal(['1.2', '2']),
      z.literal(1.2).transform(() => '1.2' as const),
      z.literal(2).transform(() => '2' as const),
    ],
    { error: (issue) => complain(issue.input, 'version of PortSentry', '"1.2" or "2"') },
  )
  .prefault('1.2')
  .meta({
    description: 'Whose words and file formats: those of PortSentry 1.2 or of 2.x.',
    allowed: '"1.2" or "2"',
  });

const MODE = 'a word of 1 to 16 small letters';

const mode = (protocol: string, sample: string) =>
  textual('mode', MODE, (text) => (/^[a-z]{1,16}$/.test(text) ? text : undefined))
    .optional()
    .meta({
      description:
        `What \`$MODE$\` stands for with ${protocol}, and in style 1.2 the suffix of the blocked file; without it, ` +
        'nothing.',
      allowed: MODE,
      pattern: '^[a-z]{1,16}$',
      samples: [sample],
    });

/** Files, words and modes of PortSentry. */
export const portsentry = section({
  style,
  tcp_mode: mode('TCP', 'atcp'),
  udp_mode: mode('UDP', 'audp'),
  history: filePath()
    .optional()
    .meta({
      description:
        'File of all blocks (1.2) or all probes (2); it is only ever added to. Not written without it.',
      samples: ['/var/lib/portsentry/portsentry.history'],
    }),
  blocked: filePath()
    .optional()
    .meta({
      description:
        'File of the sources that are blocked now; in style 1.2 one for each mode. Not written without it.',
      samples: ['/var/lib/portsentry/portsentry.blocked'],
    }),
  resolve_host: flag().prefault(false).meta({ description: 'Look up the names of sources for the log.' }),
})
  .optional()
  .meta({
    description:
      'Files and words of PortSentry, for scripts and filters that read them; without it, none of them. ' +
      '`xdpsentry migrate` makes this section of a portsentry.conf.',
    allowed: 'a map of `style`, `tcp_mode`, `udp_mode`, `history`, `blocked` and `resolve_host`',
  });
