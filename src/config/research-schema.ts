import { z } from 'zod';
import { flag, prefix, section, textual } from './fields.ts';
import { complain } from './found.ts';

const MAX_OWN = 256;
const MAX_NETWORKS = 4096;
const MAX_DOMAINS = 64;

const LABEL = 'a name of 1 to 40 letters, digits, spaces, dots, - and _';
const DOMAIN = 'a domain like scanner.example.net';

const label = textual('name', LABEL, (text) =>
  /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/.test(text) ? text : undefined,
).meta({
  description: 'What its sources are called.',
  pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$',
  allowed: LABEL,
  samples: ['Our auditors'],
});

const domain = textual('domain', DOMAIN, (text) =>
  /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/i.test(text) ? text.toLowerCase() : undefined,
);

const own = section({
  name: label,
  networks: z
    .array(prefix(), { error: (issue) => complain(issue.input, 'list', 'a list of addresses and networks') })
    .max(MAX_NETWORKS, {
      error: `has more than ${MAX_NETWORKS} entries; put neighbours together as networks`,
    })
    .prefault([])
    .meta({
      description: 'From where it scans.',
      allowed: `a list of up to ${MAX_NETWORKS} addresses and networks`,
      samples: [['192.0.2.0/28']],
    }),
  domains: z
    .array(domain, { error: (issue) => complain(issue.input, 'list', 'a list of domains') })
    .max(MAX_DOMAINS, { error: `has more than ${MAX_DOMAINS} entries` })
    .prefault([])
    .meta({
      description: 'Domains in which the names of its addresses are; they matter with `resolve`.',
      allowed: `a list of up to ${MAX_DOMAINS} domains`,
      samples: [['scan.example.net']],
    }),
});

/** Who scans for research: a label, from which nothing follows by itself. */
export const research = section({
  known: flag().prefault(true).meta({
    description:
      'Label the sources of those who scan the whole Internet and publish from where: docs/tools.md says who, and that such a table ages.',
  }),
  own: z
    .array(own, { error: (issue) => complain(issue.input, 'list', 'a list of scanners, or [] for none') })
    .max(MAX_OWN, { error: `has more than ${MAX_OWN} entries` })
    .prefault([])
    .meta({
      description: 'Others; where a network is in both, these have it.',
      allowed: `a list of up to ${MAX_OWN} scanners`,
    }),
  resolve: flag()
    .prefault(false)
    .meta({
      description:
        'Look up the names of other sources, and label those whose name is in one of the domains and leads back to the address. ' +
        'Nothing waits for it: the first alert of a source may come without its label.',
    }),
})
  .prefault({})
  .meta({
    description:
      'Research scanners are labelled in alerts. They are counted and answered like others, unless a rule says otherwise (`research`), or `ignore`.',
    allowed: 'a map of `known`, `own` and `resolve`',
  });
