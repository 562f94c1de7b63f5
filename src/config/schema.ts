import { z } from 'zod';
import { campaign } from './campaign-schema.ts';
import { capabilities } from './capability-schema.ts';
import { defaultRules } from './default-rules.ts';
import { filePath, flag, interfaces, prefix, section, textual, wholeNumber, word } from './fields.ts';
import { complain } from './found.ts';
import { MAX_IGNORED } from './ignore-files.ts';
import { listCache, lists } from './list-schema.ts';
import { log } from './log-schema.ts';
import { escalation, memory } from './memory-schema.ts';
import { listen, monitor } from './monitor-schema.ts';
import { readListen, readSocketPath } from './places.ts';
import { portsentry } from './portsentry-schema.ts';
import { research } from './research-schema.ts';
import { responses } from './response-schema.ts';
import { rules } from './rule-schema.ts';
import { checkTogether } from './together.ts';

/** Files with more entries: each is looked at whenever one of them may have changed. */
const MAX_IGNORE_FILES = 16;

const LISTEN = 'host:port like 127.0.0.1:9731 or [::1]:9731, or off';
const SOCKET = 'an absolute path';

/**
 * The configuration file: the one source of validation, defaults, docs/config.schema.json and docs/config.md. What a
 * file may say is the input of this schema; its output has milliseconds for durations, and sets of ports and prefixes.
 *
 * Besides `description`, an option's meta data are `allowed` (what may be written), `unit`, `samples` (examples in the
 * JSON Schema) and `otherwise` (the default, where the schema itself has none).
 */
export const configSchema = section({
  mode: word('mode', ['observe', 'enforce']).prefault('observe').meta({
    description: '`observe` detects and reports; `enforce` also blocks.',
  }),
  interface: interfaces()
    .prefault('auto')
    .meta({
      description:
        'Interfaces to watch. `auto` is the one of the default route; `*` stands for any letters, and what a pattern means is ' +
        'watched when it comes; `!` leaves out. Nothing but `!` means all others. `lo` is watched only where it is named.',
      samples: ['eth0', ['eth0', 'wg0'], ['*', '!docker0', '!veth*']],
    }),
  attach: word('way to attach', ['auto', 'native', 'generic'])
    .prefault('auto')
    .meta({
      description:
        'Where XDP runs: in the driver (`native`), in the network stack (`generic`: slower, with every driver), ' +
        'or in the driver if it can (`auto`).',
    }),
  monitor,
  listen,
  probes: word('way with probes', ['pass', 'drop'])
    .prefault('pass')
    .meta({
      description:
        'What happens to a probe from a source that is not blocked: `pass` lets the network stack answer as always, ' +
        '`drop` swallows it, if it is of TCP or UDP.',
    }),
  ignore: z
    .array(prefix(), {
      error: (issue) => complain(issue.input, 'list', 'a list of addresses and networks, or [] for none'),
    })
    .max(MAX_IGNORED, { error: `has more than ${MAX_IGNORED} entries; put neighbours together as networks` })
    .prefault([])
    .meta({
      description:
        'Sources that are never counted and never blocked; wins over every block. ' +
        'Loopback, the addresses of this host, its gateways and resolvers are guarded without being named.',
      allowed: `a list of up to ${MAX_IGNORED} addresses and networks`,
      samples: [['192.0.2.10', '2001:db8::/32']],
    }),
  ignore_files: z
    .array(filePath(), {
      error: (issue) => complain(issue.input, 'list', 'a list of absolute paths, or [] for none'),
    })
    .max(MAX_IGNORE_FILES, { error: `has more than ${MAX_IGNORE_FILES} entries; put files together` })
    .prefault([])
    .meta({
      description:
        `Files with more of them, an address or network a line, \`#\` before comments, ${MAX_IGNORED} together. They are followed while ` +
        'the sentry runs; one that is not there may come.',
      allowed: `a list of up to ${MAX_IGNORE_FILES} absolute paths`,
      samples: [['/etc/xdpsentry/ignore']],
    }),
  guard: section({
    established: flag()
      .prefault(true)
      .meta({
        description:
          'Never answer a source for packets that anybody may have sent in its name as long as it holds a TCP ' +
          'connection to this host, or has come again and again with short ones. It is alerted of, and answered for what cannot be forged: see docs/guard.md.',
      }),
    decoys: flag()
      .prefault(true)
      .meta({
        description:
          'Never answer a source whose probes come in the names of two others or more, too (`nmap -D`): all but one of them are forged. For ' +
          '4,096 probes at most; in the kernel and in the controller. The alert `decoy` names them all: see docs/together.md.',
      }),
  })
    .prefault({})
    .meta({
      description:
        'Who else is never blocked, besides this host, its gateways and resolvers, and the ignore list.',
      allowed: 'a map of `established` and `decoys`',
    }),
  ipv6_source_prefix: wholeNumber(48, 128)
    .prefault(64)
    .meta({
      description:
        'Prefix length that makes one IPv6 source. Who has one address of a /64 has them all (RFC 6177), so smaller ' +
        'units let a scanner look like many.',
      unit: 'bits',
    }),
  lists,
  list_cache: listCache,
  rules: rules.prefault(defaultRules.map(({ rule }) => rule)).meta({
    description:
      'When the probes of a source are a scan, and what to do then. Each rule that fires raises an alert.',
    allowed: 'a list of up to 32 rules; `[]`: probes are counted, nothing is a scan',
  }),
  research,
  campaign,
  escalation,
  responses,
  capabilities,
  memory,
  tables: section({
    blocks: wholeNumber(1, 16_777_216).prefault(1_048_576).meta({
      description:
        'Blocks that fit at one time. The heads of the table and the filters before it are there from the start and go by this number, about 25 MB of it by default; each block takes its own memory as long as it is there. `xdpsentry status` shows what both are now.',
      unit: 'entries',
    }),
    sources: wholeNumber(1024, 4_194_304).prefault(65_536).meta({
      description:
        'Sources of probes that are remembered at one time; the one not seen for longest makes room.',
      unit: 'entries',
    }),
  })
    .prefault({})
    .meta({
      description:
        'Sizes of the tables in the kernel; `sources` also of what the controller and its database remember of sources.',
      allowed: 'a map of `blocks` and `sources`',
    }),
  metrics: section({
    listen: textual('address to listen on', LISTEN, readListen)
      .prefault('127.0.0.1:9731')
      .meta({
        description: 'Where Prometheus finds `/metrics`.',
        allowed: 'host:port, `[IPv6]:port`, or `off`',
        samples: ['[::1]:9731', 'off'],
      }),
  })
    .prefault({})
    .meta({ description: 'Prometheus metrics.', allowed: 'a map of `listen`' }),
  socket: textual('socket path', SOCKET, readSocketPath).prefault('/run/xdpsentry/control.sock').meta({
    description: 'Path of the control socket, by which the other commands talk to the running sentry.',
    pattern: '^/.*[^/]$',
    allowed: 'an absolute path of up to 107 bytes',
  }),
  log,
  portsentry,
})
  .superRefine(checkTogether, {
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  })
  .meta({
    title: 'xdpsentry configuration',
    description: 'What xdpsentry shall do. Every option may be left out.',
  });

/** A file as read: every option there, every text a value. */
export type Config = z.output<typeof configSchema>;

/** A file as it is written: what `migrate` makes of a portsentry.conf. */
export type ConfigText = z.input<typeof configSchema>;
