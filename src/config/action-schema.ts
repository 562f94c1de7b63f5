import { z } from 'zod';
import { section, word } from './fields.ts';
import { complain } from './found.ts';
import type { RuleAction } from './policy.ts';

const ACTIONS = ['alert', 'record', 'command', 'block'] as const satisfies readonly RuleAction[];
const WORDS = 'alert, record, command or block';

const one = word('action', ACTIONS);
const by = (protocol: string) =>
  one.prefault('block').meta({ description: `What to do when a ${protocol} probe decides.` });

/** What a rule does besides the alert: one word, or one for each protocol. */
export const action = z
  .union([one.transform((word) => ({ tcp: word, udp: word })), section({ tcp: by('TCP'), udp: by('UDP') })], {
    error: (issue) => complain(issue.input, 'action', `${WORDS}, or tcp: and udp: below it`),
  })
  .prefault('block')
  .meta({
    description:
      'What to do when the rule fires, in `mode: enforce`: `alert` only tells; `record` also counts the source as ' +
      'answered, in files and log; `command` runs `responses.command`; `block` drops the source, and runs all responses.',
    allowed: `${WORDS}, or a map of \`tcp\` and \`udp\``,
    samples: ['alert', { tcp: 'block', udp: 'alert' }],
  });
