import { z } from 'zod';
import { type Capability, capabilities as known, nameOf, parseCapability } from '../values/capabilities.ts';
import { textual } from './fields.ts';
import { complain, quote } from './found.ts';
import { nearest } from './nearest.ts';

const CAPABILITY = 'a name of capabilities(7) like net_raw';
const WORDS = `auto, all, or a list of names of capabilities(7)`;

const one = textual('capability', CAPABILITY, (text): Capability => {
  const capability = parseCapability(text);
  if (capability) return capability;
  const meant = nearest(text.replace(/^cap_/i, ''), known);
  throw new Error(`${quote(text)} is no capability${meant ? `, but ${nameOf(meant)} is` : ''}`);
}).meta({ allowed: CAPABILITY, pattern: '^([Cc][Aa][Pp]_)?[A-Za-z_]+$' });

/** What the process keeps. */
export const capabilities = z
  .union([z.literal(['auto', 'all']), z.array(one).max(known.length)], {
    error: (issue) => complain(issue.input, 'choice of capabilities', WORDS),
  })
  .prefault('auto')
  .meta({
    description:
      'Capabilities that the sentry keeps after its start besides those that it needs itself (CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, and what ' +
      'its own ports and files ask for). `auto`: none, or all where `responses` runs commands, for what those need nobody knows but who wrote them; a ' +
      'list names what they need: `[]`, `[net_raw]`. `all`: nothing is given up. docs/systemd.md tells more.',
    allowed: WORDS,
    samples: ['auto', ['net_raw', 'dac_override']],
  });
