import { z } from 'zod';
import { type ProbeKind, probeKinds } from '../detect/probe.ts';
import { MAX_MEMBERS } from '../detect/together/network-detector.ts';
import { ownAlerts } from '../detect/together/own-alerts.ts';
import { type ToolName, toolNames } from '../detect/tools/tool-name.ts';
import { action } from './action-schema.ts';
import { durationOrForever, ports, section, wholeNumber, windowOrForever, word } from './fields.ts';
import { complain } from './found.ts';
import { eachNameOnce, ownName } from './names.ts';

/** Kinds that no connection begins with; the others (SYN, ACK, UDP, connect) are ordinary at the wrong port. */
const STEALTH: readonly ProbeKind[] = ['null', 'fin', 'xmas', 'maimon', 'odd', 'odd_reply', 'fragment'];

/** A ping is what anybody may send to find out whether a host is there: it counts only where a rule names it. */
export const anyKinds: readonly ProbeKind[] = probeKinds.filter((kind) => kind !== 'ping');

const kindWords = ['any', 'stealth', ...probeKinds] as const;

/** Rules of one file: each is asked for each probe. */
export const MAX_RULES = 32;

/** What a rule has that leaves these out. */
export const ruleDefaults = {
  distinctPorts: 1,
  distinctHosts: 1,
  distinctSources: 2,
  distinctTargets: 1,
  probes: 1,
  window: '60s',
} as const;

/** The kinds that a word of `kinds` stands for. */
export function kindsOf(kind: (typeof kindWords)[number]): readonly ProbeKind[] {
  if (kind === 'any') return anyKinds;
  return kind === 'stealth' ? STEALTH : [kind];
}

function kinds() {
  const allowed = `any, stealth, or a list of ${probeKinds.join(', ')}`;
  const error = (issue: { readonly input?: unknown }) => complain(issue.input, 'kind of probe', allowed);
  const one = z.enum(kindWords, { error });
  // In YAML, null without quotes is no text; in a list of kinds it can only mean the kind.
  const item = z.union([one, z.null().transform((): ProbeKind => 'null')], { error });
  const some = z.array(item, { error }).min(1, `is an empty list; write ${allowed}`);
  return z.union([one.transform((kind) => [kind]), some], { error }).meta({ allowed });
}

/** `any` stands for all of them. */
function tools() {
  const allowed = `any, or a list of ${toolNames.join(', ')}`;
  const error = (issue: { readonly input?: unknown }) => complain(issue.input, 'tool', allowed);
  const one = z.enum(['any', ...toolNames], { error });
  const some = z.array(one, { error }).min(1, `is an empty list; write ${allowed}`);
  return z
    .union([one.transform((tool) => [tool]), some], { error })
    .transform((words): readonly ToolName[] => words.flatMap((word) => (word === 'any' ? toolNames : [word])))
    .meta({ allowed });
}

const fields = section({
  name: ownName('rule name').meta({
    description: 'Name of the rule, in alerts and as the metric label `rule`. Every rule has one.',
    samples: ['scan'],
  }),
  per: word('subject of a rule', ['source', 'network'])
    .prefault('source')
    .meta({
      description:
        'Whose probes are counted together: those of one source, or those of all sources of its network, an IPv4 /24 or an IPv6 /48. ' +
        'A rule about networks may only alert or block, and blocks the sources that took part: see docs/together.md.',
    }),
  kinds: kinds()
    .prefault('any')
    .meta({
      description:
        'Kinds of probe that count for this rule. `stealth` stands for null, fin, xmas, maimon, odd, odd_reply and ' +
        'fragment: packets that no connection begins with. `connect` is a connection to a port of `listen`. `any` are all but ping.',
      samples: ['stealth', ['syn', 'udp']],
    }),
  only: section({
    tcp: ports()
      .optional()
      .meta({ description: 'TCP ports that count; without it, none do.', samples: ['1-100'] }),
    udp: ports()
      .optional()
      .meta({ description: 'UDP ports that count; without it, none do.', samples: [53] }),
  })
    .optional()
    .meta({
      description: 'Monitored ports that count for this rule; without `only`, all of them do.',
      allowed: 'a map of `tcp` and `udp`',
    }),
  tools: tools()
    .optional()
    .meta({
      description:
        'Scanners by whose mark alone a probe counts for this rule: what they write into the headers, and others do by chance in one of 10,000 packets at most ' +
        '(docs/tools.md); without it, marks do not matter.',
      samples: ['any', ['masscan', 'zmap']],
    }),
  research: word('way with research scanners', ['count', 'skip', 'only']).prefault('count').meta({
    description:
      'Probes of sources with a label (section `research`): they count like others, they do not count, or only they do.',
  }),
  protocol: word('protocol', ['tcp', 'udp']).optional().meta({
    description:
      'The only protocol that counts for this rule; without it, all do. What is neither TCP nor UDP has none of these.',
  }),
  distinct_ports: wholeNumber(1, 256).optional().meta({
    description:
      'Different ports (TCP 53 and UDP 53 are two) that the source must have probed within `window`.',
    unit: 'ports',
    otherwise: ruleDefaults.distinctPorts,
  }),
  distinct_hosts: wholeNumber(1, 256).optional().meta({
    description:
      'Different addresses of this host that the source must have probed within `window`, whatever the ports.',
    unit: 'addresses',
    otherwise: ruleDefaults.distinctHosts,
  }),
  distinct_sources: wholeNumber(2, MAX_MEMBERS).optional().meta({
    description:
      'With `per: network`: different sources of the network that must have taken part within `window`.',
    unit: 'sources',
    otherwise: ruleDefaults.distinctSources,
  }),
  distinct_targets: wholeNumber(1, 256).optional().meta({
    description:
      'Different targets that the source must have probed within `window`: an address of this host, a protocol and a port make one.',
    unit: 'targets',
    otherwise: ruleDefaults.distinctTargets,
  }),
  probes: wholeNumber(1, 1_000_000).optional().meta({
    description: 'Probes that the source must have sent within `window`, whatever their ports.',
    unit: 'probes',
    otherwise: ruleDefaults.probes,
  }),
  window: windowOrForever('7d')
    .optional()
    .meta({
      description:
        'The time within which `distinct_ports`, `distinct_hosts`, `distinct_targets` and `probes` must all be reached. `forever`: as long as the ' +
        'source is remembered.',
      unit: 'duration',
      otherwise: ruleDefaults.window,
      samples: ['60s', 'forever'],
    }),
  again: word('way to fire again', ['window', 'probe']).prefault('window').meta({
    description:
      'When the rule may fire for the same source again: a `window` later, or with each further `probe`.',
  }),
  instant: z
    .literal(true, { error: (issue) => complain(issue.input, 'switch', 'true, or leave it out') })
    .optional()
    .meta({
      description:
        'One probe decides. Goes without `distinct_ports`, `distinct_hosts`, `distinct_targets`, `probes` and `window`.',
      allowed: 'true',
    }),
  action,
  block_for: durationOrForever()
    .prefault('10m')
    .meta({
      description: 'How long a block lasts. `forever`: until somebody lifts it.',
      unit: 'duration',
      samples: ['1h', 'forever'],
    }),
});

const criteria = [
  'distinct_ports',
  'distinct_hosts',
  'distinct_sources',
  'distinct_targets',
  'probes',
] as const;
const thresholds = [...criteria, 'window'] as const;

/** One rule. Checks between its options run even when one of them is wrong, so that a person hears all at once. */
const rule = fields.superRefine(
  (value, context) => {
    const present = (key: keyof typeof value) => value?.[key] !== undefined;
    const complaint = (message: string, path: string[] = []) =>
      context.addIssue({ code: 'custom', message, path });
    if (!present('instant') && !criteria.some(present)) {
      complaint(
        'does not say when it fires; add distinct_ports, distinct_hosts, distinct_targets, probes or instant: true',
      );
    }
    for (const key of present('instant') ? thresholds : []) {
      if (present(key))
        complaint('does not go with instant, which means one probe; leave one of the two out', [key]);
    }
    for (const [path, message] of networkSlips(value)) complaint(message, [...path]);
    for (const [protocol, other] of [
      ['tcp', 'udp'],
      ['udp', 'tcp'],
    ] as const) {
      if (value?.protocol === protocol && value.only?.[other] !== undefined)
        complaint(`does not go with protocol: ${protocol}; leave one of the two out`, ['only', other]);
    }
  },
  { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
);

/** What does not go with the subject of the rule. Any of it may be of the wrong kind still, which others complain about. */
function networkSlips(value: Partial<z.output<typeof fields>> | undefined): [string[], string][] {
  const slips: [string[], string][] = [];
  if ((ownAlerts as readonly unknown[]).includes(value?.name))
    slips.push([['name'], 'is what the sentry itself calls one of its alerts; choose another name']);
  if (value?.per !== 'network') {
    if (value?.distinct_sources !== undefined)
      slips.push([['distinct_sources'], 'goes with per: network only; add that, or leave this out']);
    return slips;
  }
  if (value.instant !== undefined)
    slips.push([
      ['instant'],
      'does not go with per: network, which takes two sources; leave one of the two out',
    ]);
  if (value.again === 'probe') slips.push([['again'], 'does not go with per: network; leave it out']);
  const { tcp, udp } = value.action ?? {};
  if ([tcp, udp].some((word) => word === 'command' || word === 'record'))
    slips.push([['action'], 'is alert or block where a rule is about networks; write one of these']);
  return slips;
}

/** A rule as it stands in a file. */
export type RuleText = z.input<typeof rule>;

/** All rules, in the order in which they are asked. */
export const rules = z
  .array(rule, { error: (issue) => complain(issue.input, 'list', 'a list of rules, or [] for none') })
  .max(MAX_RULES, { error: `has more than ${MAX_RULES} rules; put some of them together` })
  .superRefine(eachNameOnce('rules'), { when: ({ value }) => Array.isArray(value) });
